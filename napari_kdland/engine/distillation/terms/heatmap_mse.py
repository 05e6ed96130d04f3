"""Squared difference between heatmaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import Term


def heatmap_mse(student: Tensor, teacher: Tensor, weights: Tensor, *, term: Term, sigma: float) -> Tensor:
    """Give the squared difference of m = 2 pi sigma^2 softmax(b z), over pi sigma^2, mean over images and landmarks.

    Other than the divergence it sees how sure the teacher is.

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
    return heatmaps.squared_difference(heatmaps.from_logits(student * b, sigma), expected, weights, sigma=sigma)
