"""Squared difference of heatmaps whose targets find their own width, landmark by landmark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from napari_kdland.recipes.model import BasePart

# Weight of the target's area. The authors' code takes half the squared sum of Gaussians scaled to 100, which start at
# a sigma of 3 px, and 5 times sigma_1 sigma_2: 2 x 5 x 4 pi 3^4 / 100^2 = 1.02 in units where predicting nothing
# costs 1 and the area is that at the start.
_PENALTY = 2 * 5 * 4 * math.pi * 3**4 / 100**2


class LearnedSigma(nn.Module):
    """The squared difference from Gaussians of learned, anisotropic width, and a price on their area.

    Each landmark's Gaussian has the same mass, so that a wide one is low: it is learned wide where readers disagree.
    The width starts at the recipe's sigma; decoding keeps to that.

    References
    ----------
    Thaler et al. 2021, Modeling annotation uncertainty with Gaussian heatmaps in landmark localization, with the
    settings of its code (christianpayer/MedicalDataAugmentationTool-HeatmapUncertainty).
    """

    def __init__(self, part: BasePart, n_landmarks: int) -> None:
        super().__init__()
        # Cholesky factor of the covariance in units of sigma: logarithm of its diagonal, and what is below.
        self.log_scales = nn.Parameter(torch.zeros(n_landmarks, 2))
        self.skews = nn.Parameter(torch.zeros(n_landmarks))

    def forward(
        self,
        logits: Tensor,
        points: Tensor,
        targets: Tensor,
        weights: Tensor,
        sigma: float,
    ) -> Tensor:
        """Give the loss of logits (n, L, h, w) against points (n, L, 2), heatmap pixels, weighted by (n, L)."""
        size = (logits.shape[-2], logits.shape[-1])
        area = self.log_scales.sum(-1).exp()
        expected = gaussians(points, sigma * self._factors(), size) / area[:, None, None]
        drawn = heatmaps.from_logits(logits, sigma)
        return priced_difference(drawn, expected, area, weights, sigma=sigma, penalty=_PENALTY)

    def _factors(self) -> Tensor:
        below = torch.zeros_like(self.log_scales).diag_embed()
        below[:, 1, 0] = 1
        return self.log_scales.exp().diag_embed() + below * self.skews[:, None, None]


def priced_difference(
    drawn: Tensor, expected: Tensor, areas: Tensor, weights: Tensor, *, sigma: float, penalty: float
) -> Tensor:
    """Give the squared difference over space divided by pi sigma^2, plus the penalty on the areas, weighted mean.

    Parameters
    ----------
    drawn, expected : (n, L, h, w)
        Heatmaps.
    areas : (L,)
        sigma_1 sigma_2 / sigma^2 of the Gaussians expected.
    weights : (n, L)
        Of the landmarks; one without weight pays for its area neither.
    sigma
        Standard deviation at the start, in heatmap pixels.
    penalty
        Price of the area.
    """
    difference = heatmaps.squared_difference(drawn, expected, weights, sigma=sigma)
    return difference + penalty * heatmaps.weighted_mean(areas.expand_as(weights), weights)


def gaussians(points: Tensor, factors: Tensor, size: tuple[int, int]) -> Tensor:
    """Draw one Gaussian per landmark with a covariance of its own.

    Parameters
    ----------
    points : (n, L, 2)
        (y, x) in heatmap pixels; NaN is drawn at the corner, for the caller to weigh 0.
    factors : (L, 2, 2)
        Lower triangular Cholesky factors of the covariances, (y, x).
    size
        (h, w) of the heatmaps.

    Returns
    -------
    (n, L, h, w)
        Of height 1.
    """
    known = torch.nan_to_num(points)[..., None, None]
    y = torch.arange(size[0], device=points.device, dtype=factors.dtype)[:, None] - known[..., 0, :, :]
    x = torch.arange(size[1], device=points.device, dtype=factors.dtype) - known[..., 1, :, :]
    scale = factors[..., None, None]
    down = y / scale[:, 0, 0]
    across = (x - scale[:, 1, 0] * down) / scale[:, 1, 1]
    return torch.exp(-0.5 * (down.square() + across.square()))
