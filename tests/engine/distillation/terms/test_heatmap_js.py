import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.terms.heatmap_js import heatmap_js
from tests.engine.factories import noise

ONES = Weights(torch.ones(1, 2))


def logs(seed: int) -> torch.Tensor:
    return heatmaps.log_softmax(5 * noise(1, 2, 6, 7, seed=seed))


@given(st.integers(0, 10_000))
def test_it_does_not_matter_who_teaches_whom(seed: int):
    one, other = logs(seed), logs(seed + 1)

    torch.testing.assert_close(heatmap_js(one, other, ONES), heatmap_js(other, one, ONES))


@given(st.integers(0, 10_000))
def test_it_lies_between_zero_and_the_logarithm_of_two(seed: int):
    assert 0 <= heatmap_js(logs(seed), logs(seed + 1), ONES) <= math.log(2)


def test_maps_that_share_nothing_cost_the_logarithm_of_two():
    apart = torch.tensor([[[[1.0, 1e-30]]], [[[1e-30, 1.0]]]]).log()

    assert heatmap_js(apart[:1], apart[1:], Weights(torch.ones(1, 1))).item() == pytest.approx(math.log(2))


def test_only_pixels_with_weight_count():
    one, other = logs(0), logs(1)
    pixels = torch.zeros_like(one)
    pixels[..., :3, :] = 1

    changed = other.clone()
    changed[..., 3:, :] -= 1

    weights = Weights(torch.ones(1, 2), pixels)
    assert heatmap_js(one, other, weights) == heatmap_js(one, changed, weights)
