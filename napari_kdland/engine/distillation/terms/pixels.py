"""What terms share about pixels: weights of pixels, and the choices that a region head makes at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.distributions import wide

if TYPE_CHECKING:
    from torch import Tensor


def shares(pixels: Tensor) -> Tensor:
    """Give weights of pixels (..., h, w) divided by their mean over space; all 0 where no pixel has weight.

    A sum over space keeps its scale so, however unsure the teacher is.
    """
    return pixels / pixels.mean((-2, -1), keepdim=True).clamp_min(1e-6)


def choice_logs(logits: Tensor, *, overlapping: bool, inverse_temperature: float = 1.0) -> Tensor:
    """Give what a region head says at each pixel as log-probabilities of choices, (B, G, K, h, w).

    Parameters
    ----------
    logits : (B, C_r, h, w)
        Of the region channels.
    overlapping
        Regions that may overlap make G = C_r choices between K = 2, outside and inside; regions that exclude each
        other one choice, G = 1, between all K = C_r channels.
    inverse_temperature
        b = 1 / T multiplies the logits.
    """
    scores = wide(logits) * inverse_temperature
    scores = torch.stack((torch.zeros_like(scores), scores), dim=2) if overlapping else scores.unsqueeze(1)
    return functional.log_softmax(scores, dim=2)


def choice_probabilities(probabilities: Tensor, *, overlapping: bool) -> Tensor:
    """Give region probabilities (B, C_r, h, w) as those of choices, (B, G, K, h, w)."""
    values = wide(probabilities.detach())
    return torch.stack((1 - values, values), dim=2) if overlapping else values.unsqueeze(1)


def choice_logits(probabilities: Tensor, *, overlapping: bool) -> Tensor:
    """Give logits (B, C_r, h, w) of which region probabilities came, finite even where these are 0 or 1."""
    values = wide(probabilities.detach())
    limits = torch.finfo(values.dtype)
    return torch.logit(values, eps=limits.eps) if overlapping else values.clamp_min(limits.tiny).log()


def pixel_mean(values: Tensor, pixels: Tensor | None) -> Tensor:
    """Give the mean of (B, G, h, w) weighted by pixels (B, 1, h, w); 0 where no pixel has weight or there is none."""
    weights = values.new_ones(()) if pixels is None else wide(pixels)
    return heatmaps.weighted_mean(values, weights.expand_as(values))
