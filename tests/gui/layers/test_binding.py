"""Layers and session: what is shown, what is taken over, and that no echo comes back."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.images.radiograph import Spacing
from tests.session.factories import drain

pytestmark = pytest.mark.gui


def edits(desk):
    return desk.session.project.annotations.last_edit_id()


def test_the_image_and_its_landmarks_are_in_the_layers(open_desk):
    open_desk.session.editing.place((10.0, 20.0))

    group = open_desk.pool.reader
    assert group.radiograph.data is open_desk.session.radiograph.values
    assert_allclose(group.landmarks.data, [[10, 20]])
    assert list(group.landmarks.features["landmark"]) == ["apex"]


def test_another_image_uses_the_same_layers(open_desk, runner):
    before = list(open_desk.viewer.layers)

    open_desk.session.paging.go_next()
    drain(runner)

    assert list(open_desk.viewer.layers) == before
    assert before[0].data is open_desk.session.radiograph.values


def test_showing_landmarks_writes_nothing_back(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    written = edits(open_desk)

    open_desk.binding.show_landmarks()
    open_desk.binding.show_image()

    assert edits(open_desk) == written


def test_a_point_moved_with_naparis_own_tool_is_one_edit(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    layer, written = open_desk.pool.reader.landmarks, edits(open_desk)

    layer.data[0] = (11.5, 21.5)
    layer.events.data(value=layer.data, action="changed", data_indices=(0,), vertex_indices=((),))

    assert edits(open_desk) == written + 1
    assert_allclose(open_desk.session.landmarks["apex"], [11.5, 21.5])


def select_and_shift(layer, by):
    """What napari's own select tool does at the end of a drag: it moves points within the layer's array."""
    rows = tuple(range(len(layer.data)))
    layer.data[list(rows)] += by
    layer.events.data(value=layer.data, action="changed", data_indices=rows, vertex_indices=((),))


def test_points_moved_together_go_all_of_them_and_back_by_one_undo(open_desk):
    for place in ((10.0, 20.0), (20.0, 30.0)):
        open_desk.session.editing.place(place)

    select_and_shift(open_desk.pool.reader.landmarks, (2.0, 3.0))

    assert_allclose(open_desk.pool.reader.landmarks.data, [[12, 23], [22, 33]])
    open_desk.session.undo()
    assert_allclose(open_desk.pool.reader.landmarks.data, [[10, 20], [20, 30]])


@pytest.mark.parametrize(("by", "said"), [((35.0, 0.0), "outside the image"), ((2.0, 3.0), "so nothing was moved")])
def test_points_moved_together_stay_all_where_one_cannot_go(open_desk, by, said):
    for place in ((10.0, 20.0), (30.0, 30.0)):
        open_desk.session.editing.place(place)
    if by[1]:
        open_desk.session.locking.toggle("angle")

    select_and_shift(open_desk.pool.reader.landmarks, by)

    assert_allclose(open_desk.pool.reader.landmarks.data, [[10, 20], [30, 30]])
    assert said in open_desk.messages[-1]


def test_a_point_added_with_naparis_own_tool_is_the_current_landmark(open_desk):
    open_desk.session.choose("border")

    open_desk.pool.reader.landmarks.add([[30.0, 40.0]])

    assert_allclose(open_desk.session.landmarks["border"], [30, 40])
    assert open_desk.pool.reader.landmarks.data.shape == (1, 2)


def test_a_point_deleted_with_naparis_own_tool_is_not_yet_placed(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.editing.place((12.0, 22.0))
    layer = open_desk.pool.reader.landmarks

    layer.selected_data = {0}
    layer.remove_selected()

    assert open_desk.session.landmarks.state_of("apex") is LandmarkState.NOT_YET
    assert list(layer.features["landmark"]) == ["angle"]


def test_points_deleted_together_come_back_by_one_undo_and_a_locked_one_is_left(open_desk):
    for place in ((10.0, 20.0), (20.0, 30.0), (30.0, 40.0)):
        open_desk.session.editing.place(place)
    open_desk.session.locking.toggle("angle")
    layer = open_desk.pool.reader.landmarks

    layer.selected_data = {0, 1, 2}
    layer.remove_selected()

    assert_allclose(layer.data, [[20, 30]])
    assert open_desk.messages == [
        "2 landmarks were taken back; 1 landmark is locked and left. K unlocks, Ctrl+Z brings back."
    ]
    open_desk.session.undo()
    assert_allclose(layer.data, [[10, 20], [20, 30], [30, 40]])


def test_a_point_dragged_out_of_the_image_goes_back_with_a_message(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    layer = open_desk.pool.reader.landmarks

    layer.data[0] = (-50.0, 20.0)
    layer.events.data(value=layer.data, action="changed", data_indices=(0,), vertex_indices=((),))

    assert_allclose(layer.data, [[10, 20]])
    assert "outside the image" in open_desk.messages[-1]


def test_all_layers_share_scale_units_and_axes(open_desk):
    session = open_desk.session
    session.project.records.set_spacing([session.record.image_id], Spacing(0.2, 0.3, "user"))
    session.record = session.project.records.get(session.record.image_id)

    open_desk.binding.show_image()

    units = {tuple(str(unit) for unit in layer.units) for layer in open_desk.viewer.layers}
    assert units == {("millimeter", "millimeter")}
    assert {tuple(layer.axis_labels) for layer in open_desk.viewer.layers} == {("y", "x")}
    assert_allclose(open_desk.pool.reader.landmarks.scale, [0.2, 0.3])


def test_points_are_floats_so_that_a_drag_keeps_its_fractions(open_desk):
    assert open_desk.pool.reader.landmarks.data.dtype == np.float64


def test_a_layer_that_the_user_deleted_comes_back(open_desk, runner):
    open_desk.viewer.layers.remove(open_desk.pool.reader.landmarks)

    open_desk.session.paging.go_next()
    drain(runner)

    assert [layer.name for layer in open_desk.viewer.layers] == ["Radiograph", "Heatmap", "Prediction", "Reader"]


def test_closing_the_project_takes_the_layers_away(open_desk):
    foreign = open_desk.viewer.add_points(np.zeros((1, 2)), name="mine")

    open_desk.session.close()

    assert list(open_desk.viewer.layers) == [foreign]


def test_a_click_where_there_is_nothing_to_place_is_answered_in_words(mask_desk):
    mask_desk.binding.hand._place((10.0, 10.0))

    assert "no landmarks to place" in mask_desk.messages[-1]
