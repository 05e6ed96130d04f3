"""Squared difference between heatmaps of height 1 where sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.pixels import shares

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels, Weights
    from napari_kdland.recipes.model import Term


class HeatmapMSE(nn.Module):
    """The squared difference of the heatmaps m = 2 pi sigma^2 softmax(b z), weighted mean over images and landmarks.

    Unlike a divergence it knows how sure the teacher is: a low, broad heatmap is to be matched as low and broad.

    References
    ----------
    Zhang, Zhu, Ye 2019, Fast human pose estimation, eq. 3.
    """

    reads = "landmarks"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        self._inverse_temperature = term.inverse_temperature

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        b, sigma = self._inverse_temperature, held.sigma
        expected = heatmaps.from_logits(held.target * b, sigma)
        return heatmap_mse(heatmaps.from_logits(held.student.logits * b, sigma), expected, held.weights, sigma=sigma)


def heatmap_mse(student: Tensor, teacher: Tensor, weights: Weights, *, sigma: float) -> Tensor:
    """Give the squared difference summed over space, divided by pi sigma^2, weighted mean over images and landmarks.

    Divided so, predicting nothing where a clean peak is expected costs 1, whatever the grid and sigma.

    Parameters
    ----------
    student, teacher : (B, L, h, w)
        Heatmaps of height 1 where sure; no gradient flows to the teacher's.
    weights
        Of the landmarks, and of the pixels where given.
    sigma
        Standard deviation of a clean peak in heatmap pixels.

    Returns
    -------
    scalar
        0 where no landmark has weight.
    """
    difference = student - teacher.detach()
    if weights.heatmap_pixels is not None:
        difference = difference * shares(weights.heatmap_pixels).sqrt()
    return heatmaps.squared_difference(difference, difference.new_zeros(()), weights.landmarks, sigma=sigma)
