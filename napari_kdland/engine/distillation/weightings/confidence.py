"""A landmark of the teacher counts less the wider its heatmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def confidence(output: TeacherOutput, *, part: WeightingPart, stride: float) -> Tensor:
    """Give exp(-v / (2 s^2)), (B, L), for a heatmap's mean variance per axis v beyond that of its own targets.

    The scheme of uncertainty-guided distillation, a confidence that weighs the teacher's soft labels; the map from
    spread to confidence is our own choice.

    Parameters
    ----------
    output
        The teacher's heatmaps and the sigma that they were trained on.
    part
        Its `scale_px` is s, in input pixels.
    stride
        Input pixels per heatmap pixel.

    References
    ----------
    Sedai et al. 2019, Uncertainty guided semi-supervised segmentation of retinal layers in OCT images, abstract.
    """
    covariance = heatmaps.spread(output.log_probabilities.exp())
    variance = covariance.diagonal(dim1=-2, dim2=-1).mean(-1)
    excess_px = (variance - output.sigma**2).clamp_min(0) * stride**2
    return torch.exp(-excess_px / (2 * part.scale_px**2))
