"""Jensen-Shannon divergence between heatmaps as distributions over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.distributions import jensen_shannon
from napari_kdland.engine.distillation.terms.pixels import shares

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels, Weights
    from napari_kdland.recipes.model import Term


class HeatmapJS(nn.Module):
    """T^2 times the Jensen-Shannon divergence of the heatmaps, weighted mean over images and landmarks.

    At T = 1 it is symmetric and at most ln 2, so that a landmark on which the teacher is far off pulls no harder than
    that.

    References
    ----------
    Lin 1991, Divergence measures based on the Shannon entropy, eq. 4.1.
    """

    reads = "landmarks"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        self._inverse_temperature = term.inverse_temperature

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        b = self._inverse_temperature
        student = heatmaps.log_softmax(held.student.logits * b)
        return heatmap_js(student, heatmaps.log_softmax(held.target * b), held.weights) / b**2


def heatmap_js(student: Tensor, teacher: Tensor, weights: Weights) -> Tensor:
    """Give the Jensen-Shannon divergence over space, weighted mean over images and landmarks.

    Parameters
    ----------
    student, teacher : (B, L, h, w)
        Log-probabilities; no gradient flows to the teacher's.
    weights
        Of the landmarks, and of the pixels where given.

    Returns
    -------
    scalar
        0 to ln 2; 0 where no landmark has weight.
    """
    summands = jensen_shannon(student, teacher)
    if weights.heatmap_pixels is not None:
        summands = summands * shares(weights.heatmap_pixels)
    return heatmaps.weighted_mean(summands.flatten(2).sum(-1), weights.landmarks)
