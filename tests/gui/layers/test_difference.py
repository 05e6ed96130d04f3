"""Signed differences of heatmaps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Placement
from napari_kdland.gui.layers import making
from napari_kdland.gui.layers.difference import Heat, difference, look_like_difference, look_like_heat

pytestmark = pytest.mark.gui

SIZE = (120, 100)


def a_heat(side, peak=(40.0, 60.0), width=12.0):
    """A Gaussian at `peak` in image pixels, on the grid of an input of `side` pixels."""
    placement = Placement.letterbox(SIZE, (side, side))
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in placement.heatmap_size], indexing="ij"), axis=-1)
    away = placement.to_image(grid) - np.array(peak)
    pixels = np.exp(-0.5 * (away**2).sum(-1) / width**2).astype(np.float32)
    return Heat(pixels, placement.heatmap_scale, placement.heatmap_translate)


def test_a_difference_has_the_sign_of_who_sees_more():
    mine, theirs = a_heat(64), a_heat(64, peak=(80.0, 30.0))

    found = difference(mine, theirs)

    assert_allclose(found.pixels, -difference(theirs, mine).pixels)
    assert_allclose([found.pixels.max(), found.pixels.min()], [1, -1], atol=0.1)


def test_equal_heatmaps_do_not_differ():
    assert not difference(a_heat(64), a_heat(64)).pixels.any()


@pytest.mark.parametrize("sides", [(64, 128), (128, 64)])
def test_heatmaps_of_different_inputs_are_compared_on_the_finer_grid(sides):
    first, second = (a_heat(side) for side in sides)

    found = difference(first, second)

    assert found.pixels.shape == (64, 64)
    assert np.abs(found.pixels).max() < 0.05


def test_a_layer_shows_differences_between_fixed_limits_and_heatmaps_again_after():
    layer = making.heatmap("Heatmap")

    look_like_difference(layer)
    assert tuple(layer.contrast_limits) == (-1, 1)
    assert_allclose(layer.colormap.map(np.array([0.5]))[0, 3], 0, atol=0.01)  # no difference lets the image be seen

    look_like_heat(layer)
    assert (tuple(layer.contrast_limits), layer.colormap.name) == ((0, 1), "heat")


def test_a_heatmap_is_told_from_bone_and_from_air_and_is_clear_where_it_says_nothing():
    low, *_, high = making.heatmap("Heatmap").colormap.map(np.linspace(0, 1, 5))
    middle = making.heatmap("Heatmap").colormap.map(np.array([0.5]))[0]

    assert low[3] == 0
    assert middle[3] == high[3] == pytest.approx(0.9)
    assert np.ptp(middle[:3]) > 0.5  # a colour, neither white nor black
