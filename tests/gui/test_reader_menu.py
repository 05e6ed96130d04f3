"""Who reads, blind or not, and how far readers lie apart."""

import pytest
from qtpy.QtWidgets import QApplication

from napari_kdland.anatomy import LandmarkState
from tests.session.factories import drain, some_regions

pytestmark = pytest.mark.gui


@pytest.fixture
def menu(open_desk):
    from napari_kdland.gui.reader_menu import ReaderMenu

    return ReaderMenu(open_desk)


def place_as(desk, reader, *points):
    for name, point in zip(desk.session.landmarks.names, points, strict=False):
        desk.session.project.annotations.edit(1, name, LandmarkState.PLACED, point, reader=reader)


def test_a_blind_reading_hides_what_others_placed_and_shows_that_it_is_blind(open_desk, menu):
    place_as(open_desk, "bob", (5.0, 6.0))
    open_desk.session.reload_images()
    assert len(open_desk.pool.reader.landmarks.data) == 1

    menu.blind.trigger()

    assert len(open_desk.pool.reader.landmarks.data) == 0
    assert menu.text() == "Blind"
    menu.blind.trigger()
    assert len(open_desk.pool.reader.landmarks.data) == 1
    assert menu.text() == "Readers"


def test_reading_once_more_takes_a_name_of_its_own(open_desk, menu):
    place_as(open_desk, "ann", (5.0, 6.0))

    menu.again.trigger()

    assert open_desk.session.reader == "ann, reading 2"
    assert open_desk.session.blind.is_on


def test_readers_are_compared_in_a_table(open_desk, menu, runner):
    place_as(open_desk, "ann", (5.0, 6.0), (9.0, 9.0))
    place_as(open_desk, "bob", (8.0, 10.0))

    menu.compare.trigger()
    drain(runner)

    table = menu.dialog.table
    assert menu.dialog.pairs.currentText() == "ann and bob"
    assert [table.item(0, column).text() for column in range(8)] == [
        "apex", "5.00", "-", "5.00", "5.00", "1", "+3.00", "+4.00",
    ]  # fmt: skip
    assert table.item(3, 0).text() == "All landmarks"
    menu.dialog.close()


def test_masks_of_two_readers_are_compared_under_the_table_of_landmarks(mask_desk, runner):
    from napari_kdland.gui.reader_menu import ReaderMenu

    menu = ReaderMenu(mask_desk)
    image_id = mask_desk.session.record.image_id
    mask_desk.session.project.masks.save(image_id, some_regions(shift=3), reader="bob")

    menu.compare.trigger()
    drain(runner, 90)  # torch and MONAI are loaded

    assert "ann and bob" in menu.dialog.regions.text()
    assert "90.0" in menu.dialog.regions.text()
    assert not menu.dialog.caption.isVisibleTo(menu.dialog)
    menu.dialog.copy.click()
    assert QApplication.clipboard().text() == menu.dialog.regions.text()
    menu.dialog.close()


def test_a_project_that_one_reader_has_read_says_what_to_do(open_desk, menu, runner):
    place_as(open_desk, "ann", (5.0, 6.0))

    menu.compare.trigger()
    drain(runner)

    assert "ann (1 images)" in menu.dialog.caption.text()
    assert "read blind" in menu.dialog.caption.text()
    menu.dialog.close()
