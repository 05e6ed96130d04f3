"""What terms on areas share: discs around landmarks, and masks on the grid of a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor


def discs(points: Tensor, size: tuple[int, int], *, sigma: float, grid: tuple[int, int]) -> Tensor:
    """Draw a soft disc around each landmark on a feature's grid, at least a feature pixel wide.

    With a narrower disc a single cell would decide.

    Parameters
    ----------
    points : (B, L, 2)
        (y, x) in heatmap pixels; NaN draws nothing.
    size
        (h, w) of the feature, with as many heatmap pixels to one of its own in height as in width.
    sigma
        Standard deviation in heatmap pixels.
    grid
        (h, w) of the heatmaps.

    Returns
    -------
    (B, L, h, w)
        Gaussians of height 1.
    """
    step = grid[0] / size[0]
    return heatmaps.encode((points + 0.5) / step - 0.5, size, max(sigma / step, 1.0))


def on_grid(areas: Tensor, like: Tensor) -> Tensor:
    """Give areas (B, A, H, W) on the grid of features, by the nearest pixel."""
    if not areas.shape[1]:
        return like.new_zeros(len(like), 0, *like.shape[-2:])
    if areas.shape[-2:] == like.shape[-2:]:
        return areas.to(like.dtype)
    return functional.interpolate(areas.to(like.dtype), like.shape[-2:], mode="nearest")
