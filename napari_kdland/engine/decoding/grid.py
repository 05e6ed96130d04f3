"""What decoders read off the grid: the highest pixel, pixels beside it, and the window around it."""

from __future__ import annotations

import torch
from torch import Tensor


def highest(maps: Tensor) -> Tensor:
    """Give the highest pixel (B, L, 2) of each map (B, L, h, w), whole numbers of the maps' own type."""
    width = maps.shape[-1]
    index = maps.flatten(2).argmax(-1)
    return torch.stack((index // width, index % width), dim=-1).to(maps.dtype)


def beside(maps: Tensor, points: Tensor, dy: int, dx: int) -> Tensor:
    """Give the value (B, L) of each map beside its point (B, L, 2); beyond the border that of the border."""
    height, width = maps.shape[-2:]
    y, x = points.long().unbind(-1)
    place = (y + dy).clamp(0, height - 1) * width + (x + dx).clamp(0, width - 1)
    return maps.flatten(2).gather(-1, place.unsqueeze(-1)).squeeze(-1)


def window(maps: Tensor, points: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Cut the square of 2 radius + 1 pixels around each point (B, L, 2) out of its map.

    Returns
    -------
    values : (B, L, n, n)
        0 outside of the map.
    is_inside : (B, L, n, n)
        What lies on the map.
    """
    height, width = maps.shape[-2:]
    offsets = torch.arange(-radius, radius + 1, device=maps.device)
    y = points[..., 0, None].long() + offsets
    x = points[..., 1, None].long() + offsets
    is_inside = ((y >= 0) & (y < height))[..., :, None] & ((x >= 0) & (x < width))[..., None, :]
    place = y.clamp(0, height - 1)[..., :, None] * width + x.clamp(0, width - 1)[..., None, :]
    values = maps.flatten(2).gather(-1, place.flatten(2)).view_as(place)
    return torch.where(is_inside, values, 0.0), is_inside


def radius_px(window_sigmas: float, sigma: float) -> int:
    """Give the window's radius in whole pixels, 1 at least."""
    return max(1, round(window_sigmas * sigma))
