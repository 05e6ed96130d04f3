"""Heatmaps: Gaussian targets at continuous centres, the loss on logits, and sub-pixel decoding with covariance."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

# Below this a heatmap's logarithm says nothing (DARK's own floor).
_LOG_FLOOR = 1e-10
# A Newton step further than this has left the peak that it started from.
_LARGEST_STEP_PX = 1.5
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


def decode(heatmaps: Tensor, sigma: float) -> Decoded:
    """Find each landmark to a fraction of a pixel.

    The point is DARK's: a Newton step on the logarithm of the heatmap, blurred as widely as its targets were drawn. The
    covariance is that of `spread`.

    Parameters
    ----------
    heatmaps : (B, L, h, w)
        Not negative.
    sigma
        Standard deviation of the targets in heatmap pixels.

    References
    ----------
    Zhang et al. 2020, Distribution-aware coordinate representation for human pose estimation, eq. 4-9.
    """
    wide = heatmaps if heatmaps.dtype == torch.float64 else heatmaps.float()
    kernel = gaussian_kernel(sigma).to(wide)
    return Decoded(dark(wide, kernel), spread(wide), wide.flatten(2).amax(-1))


def gaussian_kernel(sigma: float) -> Tensor:
    """Give a sampled Gaussian that sums to 1, cut at 3 sigma; shape (n,), n odd."""
    radius = max(1, math.ceil(3 * sigma))
    places = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (places / sigma).square())
    return kernel / kernel.sum()


def dark(heatmaps: Tensor, kernel: Tensor, *, largest_step_px: float = _LARGEST_STEP_PX) -> Tensor:
    """Give DARK's points (B, L, 2): the arg-max, moved by one Newton step on the blurred map's logarithm.

    Parameters
    ----------
    heatmaps : (B, L, h, w)
        Heatmaps as they come.
    kernel : (n,)
        The blur, n odd.
    largest_step_px
        A longer step, or one from a place where the map is not peaked, is not taken. Near the border, where the second
        differences do not fit, the arg-max stays too.

    References
    ----------
    Zhang et al. 2020, Distribution-aware coordinate representation for human pose estimation, eq. 4-9.
    """
    width = heatmaps.shape[-1]
    index = heatmaps.flatten(2).argmax(-1)
    points = torch.stack((index // width, index % width), dim=-1).to(heatmaps.dtype)
    logs = _blurred(heatmaps, kernel).clamp_min(_LOG_FLOOR).log()
    step, is_peaked = _newton_step(logs, points)
    is_taken = is_peaked & (step.abs().amax(-1) <= largest_step_px)
    return points + torch.where(is_taken[..., None], step, 0.0)


def _blurred(heatmaps: Tensor, kernel: Tensor) -> Tensor:
    flat = heatmaps.flatten(0, 1).unsqueeze(1)
    pad = len(kernel) // 2
    blurred = functional.conv2d(flat, kernel.view(1, 1, -1, 1), padding=(pad, 0))
    blurred = functional.conv2d(blurred, kernel.view(1, 1, 1, -1), padding=(0, pad)).view_as(heatmaps)
    # Blurring lowers the peak; the old height is put back because the floor below is absolute.
    height = heatmaps.flatten(2).amax(-1) / blurred.flatten(2).amax(-1).clamp_min(torch.finfo(blurred.dtype).tiny)
    return blurred * height[..., None, None]


def _newton_step(logs: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    height, width = logs.shape[-2:]
    y, x = points.long().unbind(-1)
    fits = (y > 1) & (y < height - 2) & (x > 1) & (x < width - 2)
    flat = logs.flatten(2)

    def at(dy: int, dx: int) -> Tensor:
        place = (y + dy).clamp(0, height - 1) * width + (x + dx).clamp(0, width - 1)
        return flat.gather(-1, place.unsqueeze(-1)).squeeze(-1)

    slope_y, slope_x = (at(1, 0) - at(-1, 0)) / 2, (at(0, 1) - at(0, -1)) / 2
    yy = (at(2, 0) - 2 * at(0, 0) + at(-2, 0)) / 4
    xx = (at(0, 2) - 2 * at(0, 0) + at(0, -2)) / 4
    xy = (at(1, 1) - at(-1, 1) - at(1, -1) + at(-1, -1)) / 4
    determinant = yy * xx - xy.square()
    safe = torch.where(determinant == 0, 1.0, determinant)
    step = torch.stack((xy * slope_x - xx * slope_y, xy * slope_y - yy * slope_x), dim=-1) / safe[..., None]
    return step, fits & (determinant > 0) & (yy < 0)


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
