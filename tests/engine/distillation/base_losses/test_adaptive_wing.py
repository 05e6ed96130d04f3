import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base_losses.adaptive_wing import adaptive_wing

ONE = torch.ones(1, 1)
# One pixel, without the factor 1 / (pi sigma^2).
SIGMA = 1 / math.sqrt(math.pi)


def of_one_pixel(drawn: float, expected: float) -> float:
    maps = (torch.full((1, 1, 1, 1), value, dtype=torch.float64) for value in (drawn, expected))
    return adaptive_wing(*maps, ONE.double(), sigma=SIGMA).item()


def test_a_small_error_is_a_logarithm():
    assert of_one_pixel(0.9, 1.0) == pytest.approx(14 * math.log(1 + 0.1**1.1))


@given(st.floats(0, 1))
def test_the_curve_goes_over_into_the_line_without_a_step(expected: float):
    below, above = of_one_pixel(expected + 0.5 - 1e-7, expected), of_one_pixel(expected + 0.5 + 1e-7, expected)

    assert above == pytest.approx(below, abs=1e-4)


def test_an_error_near_a_peak_weighs_more_than_far_from_it():
    assert of_one_pixel(1.1, 1.0) > 5 * of_one_pixel(0.1, 0.0)


def test_a_large_error_grows_along_a_line():
    steps = [of_one_pixel(size, 0.0) for size in (1.0, 2.0, 3.0)]

    assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0])


def test_predicting_nothing_costs_about_the_same_whatever_the_sigma():
    costs = []
    for sigma in (2.0, 4.0):
        expected = heatmaps.encode(torch.tensor([[[30.0, 30.0]]]), (64, 64), sigma)
        costs.append(adaptive_wing(torch.zeros_like(expected), expected, ONE, sigma=sigma).item())

    assert costs[0] == pytest.approx(costs[1], rel=0.01)
