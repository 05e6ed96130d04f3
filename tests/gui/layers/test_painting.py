"""Regions painted with napari's own tools."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.gui.compat import grid_of
from napari_kdland.gui.layers.painting import NAME
from napari_kdland.project import Project
from tests.session.factories import drain, some_regions

pytestmark = pytest.mark.gui


def saved(desk):
    with Project.open(desk.session.project.path) as other:
        return other.masks.load(desk.session.record.image_id)


@pytest.fixture
def brush(region_desk):
    """The lung of the first image is painted."""
    region_desk.brush.start("lung")
    return region_desk.brush


def test_the_canvas_is_the_active_layer_and_ready_to_paint(region_desk, brush):
    assert region_desk.viewer.layers.selection.active is brush.layer
    assert (brush.layer.mode, brush.layer.selected_label) == ("paint", 1)
    assert_array_equal(brush.layer.data > 0, some_regions()["lung"])


def test_every_tool_of_napari_saves_one_step(region_desk, brush):
    before = len(region_desk.session.project.masks.all_saved())

    brush.layer.paint((3, 30), 1)
    brush.layer.fill((59, 49), 1)
    brush.layer.paint((50, 3), 0)
    brush.layer.paint_polygon([[2, 2], [2, 8], [8, 8], [8, 2]], 0)

    assert len(region_desk.session.project.masks.all_saved()) == before + 4
    assert_array_equal(saved(region_desk)["lung"], brush.layer.data > 0)
    assert_array_equal(saved(region_desk)["heart"], some_regions()["heart"])


def test_a_stroke_of_many_moves_is_one_step(region_desk, brush):
    before = len(region_desk.session.project.masks.all_saved())

    with brush.layer.block_history():
        for column in range(5, 40):
            brush.layer.paint((3, column), 1)

    assert len(region_desk.session.project.masks.all_saved()) == before + 1


def test_ctrl_z_in_the_canvas_takes_the_stroke_back(region_desk, brush):
    brush.layer.paint((3, 45), 1)

    region_desk.actions.undo()

    assert_array_equal(brush.layer.data > 0, some_regions()["lung"])
    assert_array_equal(saved(region_desk)["lung"], some_regions()["lung"])


def test_choosing_a_label_of_napari_chooses_the_region(region_desk, brush):
    brush.layer.selected_label = 2

    assert region_desk.painting.region == "heart"
    assert_array_equal(brush.layer.data == 2, some_regions()["heart"])


def test_a_label_that_is_no_regions_is_refused(region_desk, brush):
    brush.layer.selected_label = 9

    assert brush.layer.selected_label == 1
    assert region_desk.messages[-1].startswith("Label 9 is no region's")


def test_strokes_outside_the_image_change_nothing(region_desk, brush):
    before = len(region_desk.session.project.masks.all_saved())

    brush.layer.paint((-400, 900), 1)

    assert len(region_desk.session.project.masks.all_saved()) == before


def test_deleting_the_layer_ends_the_painting_and_keeps_what_was_painted(region_desk, brush):
    layer = brush.layer
    layer.data[0:5, 45:50] = 1

    region_desk.viewer.layers.remove(layer)

    assert not region_desk.painting.is_on
    assert saved(region_desk)["lung"][0:5, 45:50].all()
    assert "was deleted" in region_desk.messages[-1]
    region_desk.brush.start("lung")
    assert region_desk.brush.layer in region_desk.viewer.layers


def test_a_layer_that_the_user_renamed_is_painted_on(region_desk, brush):
    brush.layer.name = "my lungs"

    brush.layer.paint((3, 45), 1)

    assert saved(region_desk)["lung"][3, 45]


def test_the_canvas_follows_the_image(region_desk, brush, runner):
    region_desk.session.paging.go_next()
    drain(runner)

    assert not brush.layer.data.any()
    brush.layer.paint((3, 45), 1)
    assert saved(region_desk)["lung"][3, 45]


def test_layers_are_as_many_as_before_when_the_painting_has_ended(region_desk):
    before = len(region_desk.viewer.layers)
    region_desk.brush.start("heart")
    assert NAME in [layer.name for layer in region_desk.viewer.layers]

    region_desk.painting.stop()

    assert len(region_desk.viewer.layers) == before
    assert region_desk.viewer.layers.selection.active is region_desk.pool.reader.landmarks


@pytest.mark.usefixtures("brush")
def test_the_painted_region_has_no_rim_beside_its_surface(region_desk, runner):
    drain(runner)

    assert set(np.unique(region_desk.pool.reader.masks.data)) == {0, 2}
    region_desk.painting.stop()
    assert set(np.unique(region_desk.pool.reader.masks.data)) == {0, 1, 2}


@pytest.mark.usefixtures("brush")
def test_painting_ends_side_by_side_and_does_not_begin_there(region_desk):
    grid_of(region_desk.viewer).enabled = True

    assert not region_desk.painting.is_on
    region_desk.brush.start("lung")
    assert "side by side" in region_desk.messages[-1]
    assert not region_desk.painting.is_on
