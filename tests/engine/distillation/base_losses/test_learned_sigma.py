import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base_losses.learned_sigma import LearnedSigma, gaussians
from napari_kdland.recipes.model import BasePart
from tests.engine.distillation.base_losses.factories import SIZE, labels

POINTS = torch.tensor([[[16.0, 15.0]]])


def a_loss() -> LearnedSigma:
    return LearnedSigma(BasePart(), 1)


def test_it_starts_at_the_recipes_sigma():
    drawn = gaussians(POINTS, 2.0 * torch.eye(2).expand(1, 2, 2), SIZE)

    torch.testing.assert_close(drawn, heatmaps.encode(POINTS, SIZE, 2.0))
    value = a_loss()(drawn.clamp_min(1e-30).log(), *labels(POINTS))
    assert value.item() == pytest.approx(2 * 5 * 4 * math.pi * 81 / 1e4, rel=1e-4)


@given(st.floats(0.5, 2), st.floats(0.5, 2), st.floats(-0.5, 0.5))
def test_gaussians_have_the_covariance_of_their_factor(down: float, across: float, skew: float):
    factor = torch.tensor([[[2 * down, 0.0], [skew, 2 * across]]])

    _, covariance = heatmaps.moments(gaussians(POINTS, factor, SIZE))

    torch.testing.assert_close(covariance[0], factor @ factor.mT, rtol=0.02, atol=0.02)


def test_the_width_grows_where_labels_scatter_and_along_the_scatter():
    loss = a_loss()
    optimiser = torch.optim.Adam(loss.parameters(), lr=0.05)
    scattered = torch.tensor([[[16.0, 15.0 + shift]] for shift in (-6, -3, 0, 3, 6)])
    logits = heatmaps.encode(scattered, SIZE, 2.0).mean(0, keepdim=True).clamp_min(1e-30).log().expand(5, 1, *SIZE)

    for _ in range(100):
        optimiser.zero_grad()
        loss(logits, *labels(scattered)).backward()
        optimiser.step()

    down, across = loss.log_scales[0].exp().tolist()
    assert across > 1.5 * down


def test_a_skew_turns_the_gaussian():
    loss = a_loss()
    y, x = torch.meshgrid(torch.arange(32.0) - 16, torch.arange(32.0) - 15, indexing="ij")
    slanted = -0.5 * ((y + x) ** 2 / 40 + (y - x) ** 2 / 4)

    loss(slanted.expand(1, 1, 32, 32), *labels(POINTS)).backward()

    # A step against the gradient leans it the way the heatmap leans.
    assert loss.skews.grad.item() < -0.1


def test_the_width_has_a_price():
    wide = a_loss()
    torch.nn.init.constant_(wide.log_scales, math.log(2))

    both = [loss(torch.zeros(1, 1, *SIZE), *labels(POINTS)) for loss in (a_loss(), wide)]

    # Four times the area; a Gaussian of four times the area and a quarter of the height has a quarter of the square.
    assert (both[1] - both[0]).item() == pytest.approx(3 * 1.0179 - 0.75, abs=0.05)
