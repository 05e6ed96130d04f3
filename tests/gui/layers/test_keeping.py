"""Layers of ours that the user deletes or renames in napari."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from qtpy.QtWidgets import QApplication

pytestmark = pytest.mark.gui

OURS = ["Radiograph", "Heatmap", "Prediction", "Reader"]


def names(desk):
    return [layer.name for layer in desk.viewer.layers]


def throw_away(desk, *layers):
    """What napari's button with the bin does."""
    desk.viewer.layers.selection = set(layers)
    desk.viewer.layers.remove_selected()


@pytest.mark.parametrize("name", OURS)
def test_a_deleted_layer_is_put_back_soon_and_the_reader_s_is_the_active_one(open_desk, name):
    throw_away(open_desk, open_desk.viewer.layers[name])

    QApplication.processEvents()

    assert names(open_desk) == OURS
    assert open_desk.viewer.layers.selection.active is open_desk.pool.reader.landmarks
    assert open_desk.messages == [
        f'The layer "{name}" was deleted, so it is put back: our layers only show the project. Nothing is lost.'
    ]


def test_all_layers_deleted_at_once_are_told_of_in_one_line(open_desk):
    throw_away(open_desk, *open_desk.viewer.layers)

    QApplication.processEvents()

    assert names(open_desk) == OURS
    (line,) = open_desk.messages
    assert all(f'"{name}"' in line for name in OURS)


def test_a_layer_comes_back_as_it_was(open_desk):
    heatmap = open_desk.pool.reader.heatmap
    heatmap.data, heatmap.scale, heatmap.translate = np.ones((4, 4), np.float32), (8.0, 8.0), (3.5, 3.5)
    throw_away(open_desk, heatmap)

    QApplication.processEvents()

    assert heatmap in open_desk.viewer.layers
    assert_allclose((heatmap.scale, heatmap.translate), ((8, 8), (3.5, 3.5)))


def test_a_deleted_run_or_channel_comes_back_too(open_desk):
    open_desk.pool.runs(2)
    channel = open_desk.pool.channel()
    throw_away(open_desk, open_desk.pool.groups[2].landmarks, channel)

    QApplication.processEvents()

    assert list(open_desk.viewer.layers) == list(open_desk.pool)


def test_of_layers_that_we_take_away_ourselves_nothing_is_said(open_desk):
    open_desk.pool.channel()

    open_desk.pool.drop_channel()
    open_desk.session.close()
    QApplication.processEvents()

    assert names(open_desk) == []
    assert open_desk.messages == []


def test_somebody_else_s_layer_stays_deleted(open_desk):
    throw_away(open_desk, open_desk.viewer.add_points(np.zeros((1, 2))))

    QApplication.processEvents()

    assert names(open_desk) == OURS
    assert open_desk.messages == []


def test_on_the_way_out_nothing_is_put_back(open_desk):
    open_desk.is_closing = True
    open_desk.viewer.layers.clear()

    QApplication.processEvents()

    assert names(open_desk) == []


def test_a_layer_that_is_deleted_while_regions_are_painted_leaves_the_brush_the_mouse(region_desk):
    region_desk.brush.start("lung")
    throw_away(region_desk, region_desk.pool.reader.landmarks)

    QApplication.processEvents()

    assert region_desk.pool.reader.landmarks in region_desk.viewer.layers
    assert region_desk.viewer.layers.selection.active is region_desk.brush.layer


def test_a_renamed_layer_shows_the_next_image_as_before(open_desk):
    reader = open_desk.pool.reader.landmarks
    reader.name = "mine"

    open_desk.session.editing.place((10.0, 20.0))

    assert names(open_desk) == ["Radiograph", "Heatmap", "Prediction", "mine"]
    assert_allclose(reader.data, [[10, 20]])


@pytest.mark.parametrize("name", OURS)
def test_a_layer_that_naparis_transform_tool_moves_goes_back_at_once(open_desk, name):
    layer = open_desk.viewer.layers[name]

    layer.affine = [[0, 1, 5], [1, 0, 7], [0, 0, 1]]

    assert_allclose(layer.affine.affine_matrix, np.eye(3))
    assert f'"{name}" shows the project and stays where it is' in open_desk.messages[-1]


def test_somebody_else_s_layer_is_moved_as_its_user_likes(open_desk):
    layer = open_desk.viewer.add_points(np.zeros((1, 2)))

    layer.affine = [[1, 0, 5], [0, 1, 7], [0, 0, 1]]

    assert layer.affine.affine_matrix[0, 2] == 5
    assert open_desk.messages == []
