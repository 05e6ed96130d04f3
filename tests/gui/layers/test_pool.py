"""The fixed pool of layers."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kdland.gui.layers.conversion import Frame
from napari_kdland.gui.layers.pool import GROUP, LayerPool

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

    assert len(viewer.layers) == 3 * GROUP
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
