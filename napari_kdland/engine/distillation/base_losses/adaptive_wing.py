"""A heatmap loss that is steep for small errors near a peak and flat for small errors far from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from napari_kdland.recipes.model import BasePart


class AdaptiveWing(nn.Module):
    """The adaptive wing loss of the heatmaps, weighted mean over images and landmarks.

    References
    ----------
    Wang, Bo, Fuxin 2019, Adaptive wing loss for robust face alignment via heatmap regression, as `AdaptiveWingLoss` of
    mmpose computes it; without the map that weighs pixels near peaks.
    """

    def __init__(self, part: BasePart, n_landmarks: int) -> None:
        super().__init__()

    def forward(
        self,
        logits: Tensor,
        points: Tensor,
        targets: Tensor,
        weights: Tensor,
        sigma: float,
    ) -> Tensor:
        """Give the loss of logits (n, L, h, w) against Gaussians of height 1, weighted by (n, L)."""
        return adaptive_wing(heatmaps.from_logits(logits, sigma), targets, weights, sigma=sigma)


def adaptive_wing(
    drawn: Tensor,
    expected: Tensor,
    weights: Tensor,
    *,
    sigma: float,
    alpha: float = 2.1,
    omega: float = 14.0,
    epsilon: float = 1.0,
    theta: float = 0.5,
) -> Tensor:
    """Give the adaptive wing loss, summed over space and divided by pi sigma^2, weighted mean over landmarks.

    Parameters
    ----------
    drawn, expected : (n, L, h, w)
        Heatmaps; those expected are 0 to 1.
    weights : (n, L)
        Of the landmarks.
    sigma
        Standard deviation of a clean peak in heatmap pixels.
    alpha, omega, epsilon
        The curve below theta: omega ln(1 + |d / epsilon|^(alpha - G)) for a difference d where G is expected.
    theta
        Difference from which on the loss goes on as a straight line.
    """
    power = alpha - expected
    ratio = theta / epsilon
    slope = omega / (1 + ratio**power) * power * ratio ** (power - 1) / epsilon
    offset = theta * slope - omega * torch.log1p(ratio**power)
    difference = (drawn - expected).abs()
    curve = omega * torch.log1p((difference / epsilon).pow(power))
    each = torch.where(difference < theta, curve, slope * difference - offset)
    return heatmaps.weighted_mean(each.flatten(2).sum(-1) / (math.pi * sigma**2), weights)
