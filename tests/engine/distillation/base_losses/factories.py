"""Makers of what a loss against the reader's labels gets."""

import torch

from napari_kdland.engine import heatmaps

SIZE = (32, 32)
SIGMA = 2.0


def log_peaks(points: torch.Tensor, *, sigma: float = SIGMA) -> torch.Tensor:
    """Logits of a student that is as sure as its target of points (n, L, 2)."""
    return heatmaps.encode(points, SIZE, sigma).clamp_min(1e-30).log()


def labels(points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """Points, targets, weights and sigma, in the order of the losses."""
    return points, heatmaps.encode(points, SIZE, SIGMA), torch.ones(points.shape[:2]), SIGMA
