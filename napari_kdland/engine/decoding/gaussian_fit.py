"""The centre of a Gaussian fitted to the map around its highest pixel, by least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from napari_kdland.engine.decoding.grid import highest, radius_px, window

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart

# From a start at the peak, as wide as the targets, maps with noise of a tenth of the height had settled after 10.
_ROUNDS = 20


class Fitted(NamedTuple):
    """Centre (B, L, 2) and covariance (B, L, 2, 2) of Gaussians, (y, x) in pixels."""

    points: Tensor
    covariance: Tensor


def decode_gaussian_fit(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:
    """Give the centre (B, L, 2) of a Gaussian as high as each map, fitted in the recipe's window.

    References
    ----------
    `coord_cov_from_gaussian_ls` of landmarker (there of height 1, and to the whole map).
    """
    return gaussian_fit(maps, sigma, radius_px(part.window_sigmas, sigma), height=maps.flatten(2).amax(-1)).points


def gaussian_fit(maps: Tensor, sigma: float, radius: int, *, height: Tensor) -> Fitted:
    """Fit a Gaussian of any centre and covariance to each map, around its highest pixel.

    Parameters
    ----------
    maps : (B, L, h, w)
        Not negative.
    sigma
        Standard deviation to begin with, in pixels.
    radius
        Half the side of the square that is looked at, without its middle, in pixels.
    height : (B, L)
        How high the Gaussians are.

    Returns
    -------
    Fitted
        The highest pixel and `sigma` where the centre has left the square.

    References
    ----------
    `coord_cov_from_gaussian_ls` of landmarker, minimised by steps of Marquardt 1963, An algorithm for least-squares
    estimation of nonlinear parameters, eq. 15.
    """
    peaks = highest(maps)
    values, is_inside = window(maps, peaks, radius)
    # One row of numbers for each map: y and x from the peak, and the factor of the precision, L11, L21, L22.
    start = maps.new_tensor([0.0, 0.0, 1 / sigma, 0.0, 1 / sigma]).expand(*peaks.shape[:2], 5)
    scale = height.clamp_min(torch.finfo(maps.dtype).tiny)[..., None, None]
    found = _least_squares(start, values / scale, is_inside.to(maps.dtype), radius)
    is_good = (found.isfinite().all(-1) & (found[..., :2].abs().amax(-1) <= radius))[..., None]
    found = torch.where(is_good, found, start)
    return Fitted(peaks + found[..., :2], _covariance(found))


def _covariance(numbers: Tensor) -> Tensor:
    first, lower, last = numbers[..., 2:].unbind(-1)
    yy, xx = (lower.square() + last.square()) / (first * last).square(), last.square().reciprocal()
    xy = -lower / (first * last.square())
    return torch.stack((yy, xy, xy, xx), dim=-1).view(*yy.shape, 2, 2)


def _least_squares(numbers: Tensor, values: Tensor, weights: Tensor, radius: int) -> Tensor:
    damping = torch.full_like(numbers[..., :1], 1e-3)
    residual, slopes = _residual(numbers, values, weights, radius)
    for _ in range(_ROUNDS):
        normal = slopes @ slopes.transpose(-1, -2)
        diagonal = normal.diagonal(dim1=-2, dim2=-1) * damping + torch.finfo(values.dtype).eps
        wanted = (slopes @ residual.unsqueeze(-1)).squeeze(-1)
        step = torch.linalg.solve_ex(normal + torch.diag_embed(diagonal), wanted).result
        tried = numbers + step
        new_residual, new_slopes = _residual(tried, values, weights, radius)
        is_better = (new_residual.square().sum(-1) < residual.square().sum(-1))[..., None]
        numbers = torch.where(is_better, tried, numbers)
        residual = torch.where(is_better, new_residual, residual)
        slopes = torch.where(is_better[..., None], new_slopes, slopes)
        damping = torch.where(is_better, damping / 10, damping * 10)
    return numbers


def _residual(numbers: Tensor, values: Tensor, weights: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Give what the Gaussians lack (B, L, n n), and their derivatives by the five numbers (B, L, 5, n n)."""
    offsets = torch.arange(-radius, radius + 1, device=values.device, dtype=values.dtype)
    y0, x0, first, lower, last = (number[..., None, None] for number in numbers.unbind(-1))
    dy, dx = offsets[:, None] - y0, offsets[None, :] - x0
    u, v = first * dy + lower * dx, last * dx
    drawn = torch.exp(-0.5 * (u.square() + v.square())) * weights
    slopes = (u * first, u * lower + v * last, -u * dy, -u * dx, -v * dx)
    derivatives = torch.stack([(drawn * slope).flatten(2) for slope in slopes], dim=2)
    return (values * weights - drawn).flatten(2), derivatives
