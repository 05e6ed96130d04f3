"""Heatmaps: Gaussian targets at continuous centres, the loss on logits, decoded points and their covariance."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.decoding import DECODERS
from napari_kdland.menus import choose
from napari_kdland.recipes.model import DecodingPart

_DARK = DecodingPart()
# Share of its peak above which a heatmap says something. Of 1 to 30 %, tried on wingspan-512, 5 % went best with the
# error (rank correlation 0.26; of the whole map 0.14).
_STANDING_OUT = 0.05


class Decoded(NamedTuple):
    """What a heatmap says: points (B, L, 2), covariance (B, L, 2, 2) and peak (B, L), in heatmap pixels, (y, x)."""

    points: Tensor
    covariance: Tensor
    peak: Tensor


def encode(points: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Draw one Gaussian per landmark at its continuous centre.

    Parameters
    ----------
    points : (B, L, 2)
        (y, x) in heatmap pixels; NaN marks a landmark without a point.
    size
        (h, w) of the heatmaps.
    sigma
        Standard deviation in heatmap pixels.

    Returns
    -------
    (B, L, h, w)
        Peak value 1 at the centre; all zero where the landmark has no point.

    Raises
    ------
    ValueError
        If `sigma` is not positive.
    """
    if sigma <= 0:
        raise ValueError(f"sigma must be positive, found {sigma}")
    rows, columns = _profiles(points, size, sigma)
    return rows.unsqueeze(-1) * columns.unsqueeze(-2)


def _profiles(points: Tensor, size: tuple[int, int], sigma: float) -> tuple[Tensor, Tensor]:
    known = torch.isfinite(points).all(dim=-1, keepdim=True)
    centres = torch.where(known, points, 0.0)
    profiles = []
    for axis, length in enumerate(size):
        places = torch.arange(length, device=points.device, dtype=points.dtype)
        distance = (places - centres[..., axis, None]) / sigma
        profiles.append(torch.exp(-0.5 * distance.square()) * known)
    return profiles[0], profiles[1]


def in_frame(points: Tensor, size: tuple[int, int]) -> Tensor:
    """Say which points (B, L, 2) lie on a map of (h, w) pixels, edge pixels whole; NaN does not. Shape (B, L)."""
    limits = points.new_tensor(size) - 0.5
    return ((points >= -0.5) & (points <= limits)).all(dim=-1)


def log_softmax(logits: Tensor) -> Tensor:
    """Give the logarithm of the spatial softmax (B, L, h, w) of each landmark's map, in float32 or better."""
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return functional.log_softmax(wide.flatten(2), dim=-1).view_as(wide)


def from_logits(logits: Tensor, sigma: float) -> Tensor:
    """Give heatmaps m = 2 pi sigma^2 softmax(z), (B, L, h, w): 1 where the network is as sure as its target."""
    return log_softmax(logits).exp() * (2 * math.pi * sigma**2)


def spatial_cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Hold heatmap logits against target heatmaps as distributions over space.

    Parameters
    ----------
    logits, targets : (B, L, h, w)
        Targets are not negative; each is divided by its sum, so that one cut by the frame counts in full.
    weights : (B, L)
        Weight of each landmark; 0 leaves it out, whatever its target.

    Returns
    -------
    scalar
        Weighted mean of -sum_x G(x) log softmax(z)(x); 0 where all weights are 0.
    """
    total = targets.flatten(2).sum(-1).clamp_min(1e-12)
    entropy = -(targets * log_softmax(logits)).flatten(2).sum(-1) / total
    return weighted_mean(entropy, weights)


def squared_difference(heatmaps: Tensor, expected: Tensor, weights: Tensor, *, sigma: float) -> Tensor:
    """Give the squared difference of heatmaps (B, L, h, w), summed over space and divided by pi sigma^2.

    Divided so, predicting nothing where a clean peak is expected costs 1, whatever the grid and sigma.

    Parameters
    ----------
    heatmaps, expected : (B, L, h, w)
        Of height 1 where sure.
    weights : (B, L)
        Weight of each landmark.
    sigma
        Standard deviation of a clean peak in heatmap pixels.

    Returns
    -------
    scalar
        Weighted mean over images and landmarks.
    """
    difference = (heatmaps - expected).square().flatten(2).sum(-1) / (math.pi * sigma**2)
    return weighted_mean(difference, weights)


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Give sum(w v) / sum(w), 0 where no weight is left; values without weight may be anything, even NaN."""
    kept = torch.where(weights > 0, values, 0.0)
    return (kept * weights).sum() / weights.sum().clamp_min(1e-6)


def decode(heatmaps: Tensor, sigma: float, decoding: DecodingPart = _DARK) -> Decoded:
    """Find each landmark to a fraction of a pixel.

    The covariance is that of `spread`, whatever the decoder.

    Parameters
    ----------
    heatmaps : (B, L, h, w)
        Not negative.
    sigma
        Standard deviation of the targets in heatmap pixels.
    decoding
        Which decoder, and its settings.

    Raises
    ------
    UsageError
        If there is no such decoder.
    """
    wide = heatmaps if heatmaps.dtype == torch.float64 else heatmaps.float()
    decoder = choose(DECODERS, decoding.kind, what="decoder").resolve()
    frame = wide.new_tensor(wide.shape[-2:]) - 0.5
    points = decoder(wide, sigma, decoding).clamp_min(-0.5).minimum(frame)
    return Decoded(points, spread(wide), wide.flatten(2).amax(-1))


def spread(heatmaps: Tensor) -> Tensor:
    """Give the covariance (B, L, 2, 2) of what stands out of each heatmap (B, L, h, w): all above a share of its peak.

    A second peak shows in it, the floor does not. On real radiographs 6 % of a trained network's probability lay
    scattered over the whole map and made the plain standard deviation five times what it is near the peak, unrelated to
    the error. A clean Gaussian keeps its own covariance.
    """
    peak = heatmaps.flatten(2).amax(-1)[..., None, None]
    _, covariance = moments(torch.where(heatmaps > _STANDING_OUT * peak, heatmaps, 0.0))
    # What a round Gaussian cut at the share c of its height keeps of its variance.
    kept = 1 - _STANDING_OUT * math.log(1 / _STANDING_OUT) / (1 - _STANDING_OUT)
    return covariance / kept


def moments(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Give mean (B, L, 2) and covariance (B, L, 2, 2) of heatmaps (B, L, h, w) taken as distributions, (y, x)."""
    height, width = heatmaps.shape[-2:]
    share = heatmaps / heatmaps.flatten(2).sum(-1).clamp_min(torch.finfo(heatmaps.dtype).tiny)[..., None, None]
    y = torch.arange(height, device=share.device, dtype=share.dtype)
    x = torch.arange(width, device=share.device, dtype=share.dtype)
    rows, columns = share.sum(-1), share.sum(-2)
    mean_y, mean_x = rows @ y, columns @ x
    dy, dx = y - mean_y[..., None], x - mean_x[..., None]
    yy, xx = (rows * dy.square()).sum(-1), (columns * dx.square()).sum(-1)
    xy = torch.einsum("blh,blhw,blw->bl", dy, share, dx)
    covariance = torch.stack((yy, xy, xy, xx), dim=-1).view(*yy.shape, 2, 2)
    return torch.stack((mean_y, mean_x), dim=-1), covariance
