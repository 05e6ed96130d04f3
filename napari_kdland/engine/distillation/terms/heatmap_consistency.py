"""Difference of the student's heatmaps at several levels from their mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.distributions import wide
from napari_kdland.engine.distillation.terms.pyramid import apart, mean_logs, rectified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class HeatmapConsistency(nn.Module):
    """The squared difference of each level's heatmap from the mean of all levels, less where a level is far off.

    References
    ----------
    Luo et al. 2021, Efficient semi-supervised gross target volume of nasopharyngeal carcinoma segmentation via
    uncertainty rectified pyramid consistency, section 2.2; for landmarks the distributions are over space.
    """

    reads = "landmarks"
    reads_levels = True

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        self._inverse_temperature = term.inverse_temperature

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        b = self._inverse_temperature
        logits = [each.logits * b for each in (held.student.maps, *held.student.levels)]
        with torch.autocast(logits[0].device.type, enabled=False):
            return heatmap_consistency([wide(each) for each in logits], held.weights.landmarks, sigma=held.sigma)


def heatmap_consistency(logits: Sequence[Tensor], weights: Tensor, *, sigma: float) -> Tensor:
    """Give the mean over levels of how far they are from the mean of all.

    Parameters
    ----------
    logits : (B, L, h, w) each
        Of the levels.
    weights : (B, L)
        Of the landmarks.
    sigma
        Standard deviation of a clean peak in heatmap pixels; the squared difference of heatmaps 2 pi sigma^2 p is
        divided by pi sigma^2, so that it is 1 between a clean peak and none.
    """
    logs = [heatmaps.log_softmax(each) for each in logits]
    middle = mean_logs(logs)
    # (2 pi sigma^2)^2 / (pi sigma^2)
    scale = 4 * math.pi * sigma**2
    values = []
    for each in logs:
        off, difference = (summands.flatten(2).sum(-1) for summands in apart(each, middle))
        values.append(rectified(off, scale * difference, weights))
    return torch.stack(values).mean()
