"""Squared difference between heatmaps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import Term


def heatmap_mse(student: Tensor, teacher: Tensor, weights: Tensor, *, term: Term, sigma: float) -> Tensor:
    """Give the squared difference of m = 2 pi sigma^2 softmax(b z), over pi sigma^2, mean over images and landmarks.

    Divided so, predicting nothing where the target has a clean peak costs 1, whatever the grid and its sigma.

    Parameters
    ----------
    student : (B, L, h, w)
        Logits.
    teacher : (B, L, h, w)
        Logits or log-probabilities; no gradient flows to them.
    weights : (B, L)
        Weight of each landmark.
    term
        Its `inverse_temperature` is b.
    sigma
        Standard deviation of the student's targets in heatmap pixels.

    References
    ----------
    Zhang, Zhu, Ye 2019, Fast human pose estimation, eq. 3.
    """
    b = term.inverse_temperature
    expected = heatmaps.from_logits(teacher.detach() * b, sigma)
    difference = heatmaps.from_logits(student * b, sigma) - expected
    return heatmaps.weighted_mean(difference.square().flatten(2).sum(-1) / (math.pi * sigma**2), weights)
