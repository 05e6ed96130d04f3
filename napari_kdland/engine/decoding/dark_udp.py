"""DARK as UDP takes it: differences over one pixel, and to the border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine.decoding.dark import LARGEST_STEP_PX, blurred, gaussian_kernel, newton_step
from napari_kdland.engine.decoding.grid import beside, highest

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart

# Lower than this share of its peak a map's logarithm says nothing (published: lower than 0.001, of peaks near 1).
_LOWEST_SHARE = 1e-3


def decode_dark_udp(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:  # noqa: ARG001, as every decoder is called
    """Give the points (B, L, 2) of DARK in UDP's form, the maps blurred as widely as their targets were drawn.

    References
    ----------
    Huang et al. 2020, The devil is in the details: delving into unbiased data processing for human pose estimation;
    `refine_keypoints_dark_udp` of mmpose.
    """
    return dark_udp(maps, gaussian_kernel(sigma).to(maps))


def dark_udp(maps: Tensor, kernel: Tensor, *, largest_step_px: float = LARGEST_STEP_PX) -> Tensor:
    """Give the arg-max, moved by one Newton step with differences over one pixel on the blurred map's logarithm.

    Parameters
    ----------
    maps : (B, L, h, w)
        Heatmaps as they come; beyond the border stands what stands at the border.
    kernel : (n,)
        The blur, n odd.
    largest_step_px
        A longer step, or one from a place where the map is not peaked, is not taken.

    References
    ----------
    `refine_keypoints_dark_udp` of mmpose.
    """
    points = highest(maps)
    smooth = blurred(maps, kernel)
    floor = _LOWEST_SHARE * maps.flatten(2).amax(-1)[..., None, None]
    logs = torch.maximum(smooth, floor).clamp_min(torch.finfo(maps.dtype).tiny).log()
    step, is_peaked = newton_step(*_differences(logs, points))
    is_taken = is_peaked & (step.abs().amax(-1) <= largest_step_px)
    return points + torch.where(is_taken[..., None], step, 0.0)


def _differences(logs: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    def at(dy: int, dx: int) -> Tensor:
        return beside(logs, points, dy, dx)

    centre, down, up, right, left = at(0, 0), at(1, 0), at(-1, 0), at(0, 1), at(0, -1)
    slope = torch.stack((down - up, right - left), dim=-1) / 2
    xy = (at(1, 1) - right - down + 2 * centre - left - up + at(-1, -1)) / 2
    return slope, torch.stack((down - 2 * centre + up, xy, right - 2 * centre + left), dim=-1)
