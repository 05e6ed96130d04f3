"""The words over the image."""

import pytest

from napari_kdland import images
from napari_kdland.gui.compat import text_overlay_of
from napari_kdland.images.presets import LUNG
from napari_kdland.images.radiograph import Spacing
from tests.images.factories import a_gradient, write_dicom
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def dicom_desk(open_desk, runner, tmp_path):
    """A desk whose image on screen is a MONOCHROME1 file with a window, a slope and a spacing at the detector."""
    path = write_dicom(
        tmp_path / "film.dcm",
        a_gradient(),
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=300,
        WindowWidth=400,
        RescaleSlope=2,
        RescaleIntercept=-10,
        ImagerPixelSpacing=[0.2, 0.2],
    )
    record = open_desk.session.project.records.add(images.read(path), path)
    open_desk.session.paging.go_to(record.image_id)
    drain(runner)
    return open_desk


def test_it_says_what_was_applied_and_what_millimetres_rest_on(dicom_desk):
    assert text_overlay_of(dicom_desk.viewer).text.splitlines() == [
        "window 300/400",
        "rescaled by 2 x -10",
        "MONOCHROME1 inverted",
        "0.2 x 0.2 mm (ImagerPixelSpacing, at the detector)",
    ]
    assert text_overlay_of(dicom_desk.viewer).visible


def test_it_tells_colours_that_were_swapped_by_hand_from_what_was_done_when_the_file_was_read(dicom_desk):
    dicom_desk.windowing.invert()
    told = dicom_desk.badge.words().splitlines()
    dicom_desk.windowing.invert()

    assert told[2:4] == ["MONOCHROME1 inverted", "black and white swapped on screen (I)"]
    assert "swapped" not in text_overlay_of(dicom_desk.viewer).text


def test_it_follows_the_window(dicom_desk):
    dicom_desk.windowing.choose(LUNG)
    chosen = dicom_desk.badge.words().splitlines()[0]
    dicom_desk.windowing.pull(dicom_desk.windowing.look, right=0.5, down=0)

    assert chosen == "lung"
    assert dicom_desk.badge.words().startswith("lung, by hand: ")


def test_it_follows_a_spacing_that_the_user_gives(open_desk):
    open_desk.session.project.records.set_spacing([open_desk.session.record.image_id], Spacing(0.1, 0.1, "user"))

    open_desk.session.reload_images()

    assert text_overlay_of(open_desk.viewer).text.splitlines() == ["full range", "0.1 x 0.1 mm (user)"]


def test_a_file_that_was_turned_over_is_turned_over_once(dicom_desk):
    group = dicom_desk.pool.reader
    values = dicom_desk.session.radiograph.values

    # The gradient is dark at the upper left and stored the other way round.
    assert group.radiograph.data is values
    assert group.radiograph.colormap.name == "gray"
    assert values[0, 0] > values[-1, -1]


def test_without_an_image_nothing_is_said(open_desk):
    open_desk.session.close()

    assert text_overlay_of(open_desk.viewer).text == ""
    assert not text_overlay_of(open_desk.viewer).visible


def test_hiding_the_overlays_hides_it(open_desk):
    holding = open_desk.actions._hide()
    next(holding)
    hidden = text_overlay_of(open_desk.viewer).visible

    next(holding, None)

    assert not hidden
    assert text_overlay_of(open_desk.viewer).visible
