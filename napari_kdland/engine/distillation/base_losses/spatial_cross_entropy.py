"""Cross-entropy of the heatmap with the reader's, as distributions over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from napari_kdland.recipes.model import BasePart


class SpatialCrossEntropy(nn.Module):
    """-sum_x G(x) log softmax(z)(x), G divided by its sum, weighted mean over images and landmarks.

    References
    ----------
    Di Via, Odone, Pastore 2025, Self-supervised pre-training with diffusion model for few-shot landmark detection in
    X-ray images, which trains heatmaps so; the same as the negative log-likelihood of landmarker's `NLLLoss`.
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
        return heatmaps.spatial_cross_entropy(logits, targets, weights)
