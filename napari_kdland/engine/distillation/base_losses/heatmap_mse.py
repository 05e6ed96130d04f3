"""Squared difference between the heatmap and the reader's Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from napari_kdland.recipes.model import BasePart


class HeatmapMSE(nn.Module):
    """sum_x (m(x) - G(x))^2 / (pi sigma^2), weighted mean over images and landmarks; predicting nothing costs 1.

    References
    ----------
    Zhang, Zhu, Ye 2019, Fast human pose estimation, eq. 2.
    """

    def __init__(self, part: BasePart, n_landmarks: int) -> None:
        super().__init__()

    def forward(
        self,
        logits: Tensor,
        points: Tensor,
        targets: Tensor,
        weights: Tensor,
        sigma: float,
    ) -> Tensor:
        """Give the loss of logits (n, L, h, w) against Gaussians of height 1, weighted by (n, L)."""
        return heatmaps.squared_difference(heatmaps.from_logits(logits, sigma), targets, weights, sigma=sigma)
