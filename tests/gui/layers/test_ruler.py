"""Measuring with the ruler, by hand-made events."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.gui.layers.style import TEACHER
from napari_kdland.images.radiograph import Spacing
from tests.gui.layers.test_comparing import a_prediction, show
from tests.gui.layers.test_proofreading import drag
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def ruler_desk(open_desk):
    open_desk.ruler.toggle()
    return open_desk


def measured(desk):
    layer = desk.viewer.layers["Ruler"]
    return list(layer.features["length"]) if layer.visible else []


def test_without_spacing_a_drag_measures_in_pixels_and_places_nothing(ruler_desk):
    drag(ruler_desk, (10.0, 10.0), (12.0, 11.0), (13.0, 14.0))

    assert measured(ruler_desk) == ["5.0 px"]
    assert ruler_desk.session.landmarks.n_known == 0


def test_with_a_spacing_it_measures_in_millimetres_and_tells_where_they_come_from(open_desk):
    session = open_desk.session
    session.project.records.set_spacing([session.record.image_id], Spacing(0.5, 0.25, "ImagerPixelSpacing"))
    session.reload_images()
    open_desk.binding.show_image()
    open_desk.ruler.toggle()
    assert "ImagerPixelSpacing, at the detector" in open_desk.messages[-1]

    drag(open_desk, (5.0, 2.5), (8.0, 6.5))  # in mm: napari's world

    assert measured(open_desk) == ["5.0 mm"]
    assert_allclose(open_desk.viewer.layers["Ruler"].data[0], [[10, 10], [16, 26]])


def test_a_press_on_an_end_turns_the_line_around_the_other_one(ruler_desk):
    drag(ruler_desk, (10.0, 10.0), (10.0, 30.0))

    drag(ruler_desk, (10.5, 29.5), (34.0, 20.0), (40.0, 10.0))

    assert measured(ruler_desk) == ["30.0 px"]


def test_it_makes_one_layer_whatever_is_measured_and_comes_back_where_it_is_deleted(ruler_desk, runner):
    drag(ruler_desk, (10.0, 10.0), (10.0, 30.0))
    names = [layer.name for layer in ruler_desk.viewer.layers]
    assert names == ["Radiograph", "Heatmap", "Prediction", "Reader", "Ruler"]

    ruler_desk.session.paging.go_next()
    drain(runner)
    assert measured(ruler_desk) == []
    drag(ruler_desk, (10.0, 10.0), (10.0, 20.0))
    ruler_desk.ruler.toggle()
    ruler_desk.ruler.toggle()
    ruler_desk.viewer.layers.remove("Ruler")
    drag(ruler_desk, (10.0, 10.0), (10.0, 25.0))

    assert measured(ruler_desk) == ["15.0 px"]
    assert [layer.name for layer in ruler_desk.viewer.layers] == names


def test_put_away_it_leaves_the_mouse_to_the_landmarks(ruler_desk):
    drag(ruler_desk, (10.0, 10.0), (10.0, 30.0))

    ruler_desk.actions._let_go()
    drag(ruler_desk, (40.0, 20.0))

    assert measured(ruler_desk) == []
    assert_allclose(ruler_desk.session.landmarks["apex"], [40, 20])


def test_side_by_side_there_is_no_ruler(ruler_desk):
    show(ruler_desk, a_prediction(ruler_desk, "big", TEACHER))
    assert not ruler_desk.ruler.is_out

    ruler_desk.attempt(ruler_desk.ruler.toggle)

    assert not ruler_desk.ruler.is_out
    assert "another view" in ruler_desk.messages[-1]


def test_after_the_project_is_closed_there_is_no_ruler_until_it_is_asked_for_again(ruler_desk):
    drag(ruler_desk, (10.0, 10.0), (10.0, 30.0))

    ruler_desk.session.close()

    assert len(ruler_desk.viewer.layers) == 0
    ruler_desk.attempt(ruler_desk.ruler.toggle)
    assert "no image to measure on" in ruler_desk.messages[-1]
