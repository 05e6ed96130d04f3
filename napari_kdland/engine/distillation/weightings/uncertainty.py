"""How unsure a teacher is of each landmark, of each heatmap pixel, and of each region pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.answers import region_probabilities

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def variance_px2(output: TeacherOutput, part: WeightingPart, stride: float) -> Tensor:
    """Give the mean variance per axis (B, L) in input pixels squared, beyond that of the teacher's own targets.

    By the heatmap's spread (within), by the disagreement of the answers' points (between), or by their sum (total):
    the law of total covariance.

    References
    ----------
    Sedai et al. 2019, Uncertainty guided semi-supervised segmentation of retinal layers in OCT images, abstract (the
    scheme); the measure for landmarks is our own choice.
    """
    total = torch.zeros(output.log_probabilities.shape[:2], device=output.log_probabilities.device)
    if part.measure in ("within", "total"):
        covariance = heatmaps.spread(output.log_probabilities.exp())
        total = total + (_per_axis(covariance) - output.sigma**2).clamp_min(0)
    if part.measure in ("between", "total") and output.between is not None:
        total = total + _per_axis(output.between)
    return total * stride**2


def height(output: TeacherOutput) -> Tensor:
    """Give the height (B, L) of each heatmap, 1 where it is as sharp as the target, at most 1."""
    peak = output.log_probabilities.flatten(2).amax(-1).exp()
    return (peak * (2 * math.pi * output.sigma**2)).clamp(0, 1)


def region_entropy(output: TeacherOutput, *, overlapping: bool) -> Tensor:
    """Give the entropy (B, 1, h, w) of the region probabilities as a share of the largest; overlapping ones: the mean.

    References
    ----------
    Yu et al. 2019, Uncertainty-aware self-ensembling model for semi-supervised 3D left atrium segmentation, eq. 3.
    """
    p = region_probabilities(output.regions, overlapping=overlapping)
    if overlapping:
        return (_surprise(p) + _surprise(1 - p)).mean(dim=1, keepdim=True) / math.log(2)
    return _surprise(p).sum(dim=1, keepdim=True) / math.log(p.shape[1])


def region_peak(output: TeacherOutput, *, overlapping: bool) -> Tensor:
    """Give the probability (B, 1, h, w) of the likeliest answer a pixel; overlapping ones: of the least sure region."""
    p = region_probabilities(output.regions, overlapping=overlapping)
    if overlapping:
        return torch.maximum(p, 1 - p).amin(dim=1, keepdim=True)
    return p.amax(dim=1, keepdim=True)


def _surprise(p: Tensor) -> Tensor:
    # The published code keeps the logarithm finite so.
    return -(p * (p + 1e-6).log())


def _per_axis(covariance: Tensor) -> Tensor:
    return covariance.diagonal(dim1=-2, dim2=-1).mean(-1)
