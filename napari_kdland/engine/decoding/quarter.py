"""A quarter of a pixel from the highest pixel towards its higher neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine.decoding.grid import beside, highest

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart


def quarter(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:  # noqa: ARG001, as every decoder is called
    """Give the highest pixel, moved on each axis by a quarter of a pixel towards the higher of its two neighbours.

    Parameters
    ----------
    maps : (B, L, h, w)
        Heatmaps. On the first two and the last row a point is not moved along y, on the first column neither; likewise
        with columns and x: the rule of the published code.

    References
    ----------
    Newell et al. 2016, Stacked hourglass networks for human pose estimation, section 4.1 (the offset of a quarter);
    `refine_keypoints` of mmpose (the border).
    """
    points = highest(maps)
    last = points.new_tensor(maps.shape[-2:]) - 1
    rise = [beside(maps, points, dy, dx) - beside(maps, points, -dy, -dx) for dy, dx in ((1, 0), (0, 1))]
    is_moved = (points > 1) & (points < last) & (points.flip(-1) > 0)
    return points + torch.where(is_moved, 0.25 * torch.stack(rise, dim=-1).sign(), 0.0)
