"""The teacher's landmark drawn anew: as sharp as a reader's, or as wide as the teacher is unsure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import TargetPart


def hard(output: TeacherOutput, *, part: TargetPart, sigma: float) -> Tensor:
    """Give the Gaussian that a reader's point would get, at the teacher's point, as log-probabilities (B, L, h, w).

    References
    ----------
    Radosavovic et al. 2018, Data distillation: towards omni-supervised learning, section 3.2 (hard labels).
    """
    points = answered_points(output, part)
    return _log_gaussian(points, _round(sigma, points), output.log_probabilities)


def gaussian(output: TeacherOutput, *, part: TargetPart, sigma: float) -> Tensor:
    """Give a Gaussian at the teacher's point with all of its covariance, at least the student's own sigma wide.

    The covariance is that within the mean heatmap, which holds the answers' disagreement already; of answers whose
    points are averaged, the disagreement alone is added to the student's own.

    References
    ----------
    Law of total covariance over answers; drawing it as the target is our own choice.
    """
    points = answered_points(output, part)
    own = _round(sigma, points)
    if part.points == "answers" and output.between is not None:
        return _log_gaussian(points, own + output.between, output.log_probabilities)
    within = heatmaps.spread(output.log_probabilities.exp())
    excess = within - _round(output.sigma, points)
    values, axes = torch.linalg.eigh(excess)
    kept = axes @ torch.diag_embed(values.clamp_min(0)) @ axes.transpose(-1, -2)
    return _log_gaussian(points, own + kept, output.log_probabilities)


def answered_points(output: TeacherOutput, part: TargetPart) -> Tensor:
    """Give the teacher's points (B, L, 2) in heatmap pixels."""
    if part.points == "answers" and output.points is not None:
        return output.points
    return heatmaps.decode(output.log_probabilities.exp(), output.sigma).points


def _round(sigma: float, like: Tensor) -> Tensor:
    return torch.eye(2, device=like.device, dtype=like.dtype) * sigma**2


def _log_gaussian(points: Tensor, covariance: Tensor, like: Tensor) -> Tensor:
    height, width = like.shape[-2:]
    y = torch.arange(height, device=like.device, dtype=like.dtype) - points[..., :1]
    x = torch.arange(width, device=like.device, dtype=like.dtype) - points[..., 1:]
    precision = torch.linalg.inv_ex(covariance.expand(*points.shape, 2)).inverse[..., None, None]
    yy, xy, xx = precision[..., 0, 0, :, :], precision[..., 0, 1, :, :], precision[..., 1, 1, :, :]
    y, x = y.unsqueeze(-1), x.unsqueeze(-2)
    return heatmaps.log_softmax(-0.5 * (yy * y.square() + 2 * xy * y * x + xx * x.square()))
