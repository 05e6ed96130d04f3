"""The fixed pool of layers."""

import numpy as np
import pytest
from napari.components import ViewerModel
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.gui.layers.conversion import Frame, marks_of, rgba
from napari_kdland.gui.layers.drawing import clear_marks, draw_marks
from napari_kdland.gui.layers.pool import LayerPool
from napari_kdland.gui.layers.style import HUMAN

pytestmark = pytest.mark.gui


@pytest.fixture
def viewer():
    return ViewerModel()


def names(viewer):
    return [layer.name for layer in viewer.layers]


def test_no_layer_is_made_before_it_is_needed(viewer):
    pool = LayerPool(viewer)

    assert not pool.exists
    assert names(viewer) == []


def test_groups_stand_one_after_another_as_the_grid_counts_them(viewer):
    pool = LayerPool(viewer)

    pool.runs(2)

    assert len(viewer.layers) == 3 * pool.group_size
    assert list(viewer.layers) == list(pool)


def test_a_deleted_layer_comes_back_in_its_place(viewer):
    pool = LayerPool(viewer)
    pool.runs(1)
    viewer.layers.remove(pool.reader.heatmap)

    pool.runs(1)

    assert list(viewer.layers) == list(pool)


def test_layers_that_come_later_have_the_same_frame(viewer):
    pool = LayerPool(viewer)
    _ = pool.reader
    pool.frame = Frame((0.2, 0.3), "mm")

    pool.runs(1)

    assert {tuple(layer.scale) for layer in viewer.layers} == {(0.2, 0.3)}
    assert viewer.layers.extent.units is not None


def test_the_readers_layer_stays_the_active_one(viewer):
    pool = LayerPool(viewer)
    viewer.layers.selection.active = pool.reader.landmarks

    pool.runs(2)

    assert viewer.layers.selection.active is pool.reader.landmarks


def test_removing_takes_ours_and_leaves_others(viewer):
    pool = LayerPool(viewer)
    pool.runs(1)
    foreign = viewer.add_points(np.zeros((1, 2)))

    pool.remove()

    assert list(viewer.layers) == [foreign]
    assert not pool.exists


def a_pool_with_regions(viewer):
    pool = LayerPool(viewer)
    pool.regions = {"Lung": "#123456", "Heart": "#D55E00"}
    return pool


def test_groups_hold_masks_only_where_the_scheme_has_regions(viewer):
    pool = a_pool_with_regions(viewer)

    pool.runs(1)

    assert pool.group_size == 6
    assert names(viewer)[:6] == ["Radiograph", "Heatmap", "Masks", "Predicted masks", "Prediction", "Reader"]
    assert LayerPool(ViewerModel()).group_size == 4


def test_regions_have_the_schemes_colours_and_the_readers_below_a_run_white(viewer):
    pool = a_pool_with_regions(viewer)
    (group,) = pool.runs(1)

    assert_allclose(pool.reader.masks.get_color(1), rgba("#123456"), atol=1e-3)
    assert_allclose(group.masks.get_color(2), rgba("#D55E00"), atol=1e-3)
    assert_allclose(group.truth_masks.get_color(1), (1, 1, 1, 1))
    assert group.masks.get_color(0) is None or group.masks.get_color(0)[3] == 0


def test_a_channel_stands_behind_all_groups_and_goes_again(viewer):
    pool = LayerPool(viewer)
    pool.runs(1)

    channel = pool.channel()
    assert list(viewer.layers) == list(pool)
    assert viewer.layers[-1] is channel
    assert channel in pool.pictures

    pool.drop_channel()
    assert len(viewer.layers) == 2 * pool.group_size
    assert pool.channel() is not channel


def test_runs_that_come_after_a_channel_stand_before_it(viewer):
    pool = LayerPool(viewer)
    _ = pool.reader
    channel = pool.channel()

    pool.runs(2)

    assert viewer.layers[-1] is channel
    assert list(viewer.layers) == list(pool)


def test_points_that_were_taken_away_while_their_layer_was_gone_come_back_empty(make_napari_viewer):
    viewer = make_napari_viewer()
    pool = LayerPool(viewer)
    layer = pool.reader.landmarks
    draw_marks(layer, marks_of(Landmarks.placed(("apex",), np.array([[10.0, 12.0]])), HUMAN, height=100))
    viewer.layers.clear()
    clear_marks(layer)

    assert pool.reader.landmarks in viewer.layers
    assert len(layer.data) == 0
