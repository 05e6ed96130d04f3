"""What the teacher is unsure of counts less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.weightings import uncertainty

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def confidence(
    output: TeacherOutput, *, part: WeightingPart, stride: float, progress: float, overlapping: bool
) -> Weights:
    """Give exp(-v / (2 s^2)) for a landmark's variance v, or its heatmap's height; per pixel exp(-variance / scale).

    The scheme is that of uncertainty-guided distillation, a confidence that weighs the teacher's soft labels; the map
    from uncertainty to confidence is our own choice. Region pixels count by 1 minus their entropy, as a share of the
    largest.

    References
    ----------
    Sedai et al. 2019, Uncertainty guided semi-supervised segmentation of retinal layers in OCT images, abstract.
    """
    del progress
    regions = _of_regions(output, part, overlapping)
    if part.per == "pixel" and output.variance is not None:
        pixels = torch.exp(-output.variance / part.variance_scale)
        return Weights(pixels.new_ones(pixels.shape[:2]), pixels, regions)
    if part.measure == "peak":
        return Weights(uncertainty.height(output), None, regions)
    variance = uncertainty.variance_px2(output, part, stride)
    return Weights(torch.exp(-variance / (2 * part.scale_px**2)), None, regions)


def _of_regions(output: TeacherOutput, part: WeightingPart, overlapping: bool) -> Tensor | None:
    if not output.regions.shape[1]:
        return None
    if part.measure == "peak":
        return uncertainty.region_peak(output, overlapping=overlapping)
    return 1 - uncertainty.region_entropy(output, overlapping=overlapping)
