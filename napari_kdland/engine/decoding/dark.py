"""DARK: a Newton step from the highest pixel on the logarithm of the blurred map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.decoding.grid import beside, highest

if TYPE_CHECKING:
    from napari_kdland.recipes.model import DecodingPart

# Below this a heatmap's logarithm says nothing (DARK's own floor).
_LOG_FLOOR = 1e-10
# A Newton step further than this has left the peak that it started from.
LARGEST_STEP_PX = 1.5


def decode_dark(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:  # noqa: ARG001, as every decoder is called
    """Give DARK's points (B, L, 2), the maps blurred as widely as their targets were drawn.

    References
    ----------
    Zhang et al. 2020, Distribution-aware coordinate representation for human pose estimation, eq. 4-9.
    """
    return dark(maps, gaussian_kernel(sigma).to(maps))


def gaussian_kernel(sigma: float) -> Tensor:
    """Give a sampled Gaussian that sums to 1, cut at 3 sigma; shape (n,), n odd."""
    radius = max(1, math.ceil(3 * sigma))
    places = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (places / sigma).square())
    return kernel / kernel.sum()


def dark(maps: Tensor, kernel: Tensor, *, largest_step_px: float = LARGEST_STEP_PX) -> Tensor:
    """Give DARK's points (B, L, 2): the arg-max, moved by one Newton step on the blurred map's logarithm.

    Parameters
    ----------
    maps : (B, L, h, w)
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
    points = highest(maps)
    logs = blurred(maps, kernel).clamp_min(_LOG_FLOOR).log()
    slope, curvature = _differences(logs, points)
    step, is_peaked = newton_step(slope, curvature)
    fits = ((points > 1) & (points < points.new_tensor(maps.shape[-2:]) - 2)).all(-1)
    is_taken = fits & is_peaked & (step.abs().amax(-1) <= largest_step_px)
    return points + torch.where(is_taken[..., None], step, 0.0)


def blurred(maps: Tensor, kernel: Tensor) -> Tensor:
    """Blur maps (B, L, h, w) by a kernel (n,) on both axes, zero beyond the border; each keeps its height."""
    flat = maps.flatten(0, 1).unsqueeze(1)
    pad = len(kernel) // 2
    smooth = functional.conv2d(flat, kernel.view(1, 1, -1, 1), padding=(pad, 0))
    smooth = functional.conv2d(smooth, kernel.view(1, 1, 1, -1), padding=(0, pad)).view_as(maps)
    # Blurring lowers the peak; the old height is put back because the floor below is absolute.
    height = maps.flatten(2).amax(-1) / smooth.flatten(2).amax(-1).clamp_min(torch.finfo(smooth.dtype).tiny)
    return smooth * height[..., None, None]


def _differences(logs: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    def at(dy: int, dx: int) -> Tensor:
        return beside(logs, points, dy, dx)

    slope = torch.stack(((at(1, 0) - at(-1, 0)) / 2, (at(0, 1) - at(0, -1)) / 2), dim=-1)
    yy = (at(2, 0) - 2 * at(0, 0) + at(-2, 0)) / 4
    xx = (at(0, 2) - 2 * at(0, 0) + at(0, -2)) / 4
    xy = (at(1, 1) - at(-1, 1) - at(1, -1) + at(-1, -1)) / 4
    return slope, torch.stack((yy, xy, xx), dim=-1)


def newton_step(slope: Tensor, curvature: Tensor) -> tuple[Tensor, Tensor]:
    """Give the step (B, L, 2) to where the slope vanishes, and whether the map is peaked there (B, L).

    Parameters
    ----------
    slope : (B, L, 2)
        First derivatives along y and x.
    curvature : (B, L, 3)
        Second derivatives yy, xy, xx.
    """
    (slope_y, slope_x), (yy, xy, xx) = slope.unbind(-1), curvature.unbind(-1)
    determinant = yy * xx - xy.square()
    safe = torch.where(determinant == 0, 1.0, determinant)
    step = torch.stack((xy * slope_x - xx * slope_y, xy * slope_y - yy * slope_x), dim=-1) / safe[..., None]
    return step, (determinant > 0) & (yy < 0)
