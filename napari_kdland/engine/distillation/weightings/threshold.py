"""Only what the teacher is sure enough of counts; all else is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.ramps import sigmoid_ramp
from napari_kdland.engine.distillation.weightings import uncertainty

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def threshold(
    output: TeacherOutput, *, part: WeightingPart, stride: float, progress: float, overlapping: bool
) -> Weights:
    """Give 1 where the spread is below the threshold (in input pixels), or the height at least at it; else 0.

    Per pixel it is the standard deviation of the answers' heatmaps that has to be below the threshold. Of regions it
    is the probability (measure peak), or the entropy as a share of the largest, with a threshold of its own. Both move
    along a sigmoid ramp.

    References
    ----------
    Sohn et al. 2020, FixMatch, eq. 4 (what is not sure is ignored); Yu et al. 2019, Uncertainty-aware self-ensembling
    model, section 2.2 (the rising threshold).
    """
    limit = part.threshold + part.threshold_rise * sigmoid_ramp(progress, part.ramp)
    regions = _of_regions(output, part, progress, overlapping)
    logs = output.log_probabilities
    if part.per == "pixel" and output.variance is not None:
        pixels = (output.variance.sqrt() < limit).to(logs)
        return Weights(logs.new_ones(logs.shape[:2]), pixels, regions)
    if part.measure == "peak":
        return Weights((uncertainty.height(output) >= limit).to(logs), None, regions)
    spread_px = uncertainty.variance_px2(output, part, stride).sqrt()
    return Weights((spread_px < limit).to(logs), None, regions)


def _of_regions(output: TeacherOutput, part: WeightingPart, progress: float, overlapping: bool) -> Tensor | None:
    if not output.regions.shape[1]:
        return None
    limit = part.region_threshold + part.region_threshold_rise * sigmoid_ramp(progress, part.ramp)
    if part.measure == "peak":
        return (uncertainty.region_peak(output, overlapping=overlapping) >= limit).to(output.regions)
    return (uncertainty.region_entropy(output, overlapping=overlapping) < limit).to(output.regions)
