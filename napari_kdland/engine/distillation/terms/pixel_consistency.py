"""Difference of the student's region probabilities at several levels from their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from napari_kdland.engine.distillation.terms.distributions import wide
from napari_kdland.engine.distillation.terms.pixels import choice_logs
from napari_kdland.engine.distillation.terms.pyramid import apart, mean_logs, rectified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class PixelConsistency(nn.Module):
    """The squared difference of each level's region probabilities from the mean of all levels, less where far off.

    References
    ----------
    Luo et al. 2021, Efficient semi-supervised gross target volume of nasopharyngeal carcinoma segmentation via
    uncertainty rectified pyramid consistency, section 2.2, as in its code
    (HiLab-git/SSL4MIS).
    """

    reads = "regions"
    reads_levels = True

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        regions = [each.regions for each in (held.student.maps, *held.student.levels)]
        with torch.autocast(regions[0].device.type, enabled=False):
            return pixel_consistency(regions, held.weights.region_pixels, overlapping=held.overlapping)


def pixel_consistency(logits: Sequence[Tensor], pixels: Tensor | None, *, overlapping: bool) -> Tensor:
    """Give the mean over levels of how far they are from the mean of all.

    Parameters
    ----------
    logits : (B, C_r, h, w) each
        Of the levels.
    pixels : (B, 1, h, w)
        Weights; `None`: all pixels count the same.
    overlapping
        Whether each channel is a yes or no of its own, or one of exclusive regions.
    """
    logs = [choice_logs(each, overlapping=overlapping) for each in logits]
    middle = mean_logs(logs)
    weights = middle.new_ones(()) if pixels is None else wide(pixels)
    values = []
    for each in logs:
        off, difference = pixel_differences(each, middle)
        values.append(rectified(off, difference, weights.expand_as(off)))
    return torch.stack(values).mean()


def pixel_differences(level: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
    """Give the divergence of the mean from a level, and their squared difference, (B, G, h, w) each.

    Parameters
    ----------
    level, middle : (B, G, K, h, w)
        Logarithms of G choices between K at each pixel.
    """
    off, squared = apart(level, middle)
    return off.sum(2), squared.mean(2)
