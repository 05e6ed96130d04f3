"""Taking images, heatmaps and points from one view of an image to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mapping:
    """One affine map a image: a point p, (y, x) from the centre, in input pixels, goes to matrix @ p + shift_px.

    Parameters
    ----------
    matrix : (B, 2, 2)
        Rotation, scale, shear, mirroring.
    shift_px : (B, 2)
        In input pixels.
    size
        Side of the input in pixels.
    """

    matrix: Tensor
    shift_px: Tensor
    size: int

    def of(self, rows: slice) -> Mapping:
        """Give the maps of some images."""
        return Mapping(self.matrix[rows], self.shift_px[rows], self.size)

    def after(self, first: Mapping) -> Mapping:
        """Give the map that does `first` and then this one."""
        shift_px = (self.matrix @ first.shift_px.unsqueeze(-1)).squeeze(-1) + self.shift_px
        return Mapping(self.matrix @ first.matrix, shift_px, self.size)

    def inverse(self) -> Mapping:
        """Give the way back."""
        matrix = _inverted(self.matrix)
        return Mapping(matrix, -(matrix @ self.shift_px.unsqueeze(-1)).squeeze(-1), self.size)

    def points(self, points: Tensor) -> Tensor:
        """Give where points (B, L, 2), (y, x) in input pixels, come to lie; NaN stays NaN."""
        centre = (self.size - 1) / 2
        return (points - centre) @ self.matrix.transpose(-1, -2) + centre + self.shift_px.unsqueeze(1)

    def covariance(self, covariance: Tensor) -> Tensor:
        """Give what covariances (B, L, 2, 2) become."""
        turned = self.matrix.unsqueeze(1)
        return turned @ covariance @ turned.transpose(-1, -2)

    def images(self, images: Tensor, *, outside: Literal["zeros", "border"] = "zeros") -> Tensor:
        """Give images or maps (B, C, h, w) of any grid over the input, sampled between pixels."""
        grid = self._sampling_grid(images.shape[-1])
        return functional.grid_sample(images, grid, mode="bilinear", padding_mode=outside, align_corners=False)

    def probabilities(self, probabilities: Tensor) -> tuple[Tensor, Tensor]:
        """Give probability maps (B, L, h, w) that sum to 1 again, and the share (B, L) of each that stayed in frame."""
        moved = self.images(probabilities)
        # A map stretched to twice the area holds its probability twice per area once it is moved.
        mass = moved.flatten(2).sum(-1) / self._area().unsqueeze(1)
        total = moved.flatten(2).sum(-1).clamp_min(torch.finfo(moved.dtype).tiny)
        return moved / total[..., None, None], mass.clamp(0, 1)

    def _area(self) -> Tensor:
        a, b, c, d = self.matrix.flatten(1).unbind(-1)
        return (a * d - b * c).abs()

    def _sampling_grid(self, n: int) -> Tensor:
        """Say where in the old image each pixel of the new one comes from, as `grid_sample` wants it: (B, n, n, 2).

        (x, y), the image's sides at -1 and 1. Built from one row and one column an image, because `affine_grid` took
        longer than the sampling itself on a CPU.
        """
        inverse = _inverted(self.matrix)
        origin = inverse @ (self.shift_px * (2 / self.size)).unsqueeze(-1)
        centres = (torch.arange(n, device=inverse.device, dtype=inverse.dtype) + 0.5) * (2 / n) - 1
        along_y = inverse[:, :, :1] * centres - origin
        along_x = inverse[:, :, 1:] * centres
        grid: Tensor = inverse.new_empty((len(inverse), n, n, 2))
        for axis in (0, 1):
            torch.add(along_y[:, axis, :, None], along_x[:, axis, None, :], out=grid[..., 1 - axis])
        return grid


def _inverted(matrix: Tensor) -> Tensor:
    # inv would wait for the device to say whether it failed; these matrices are rotations and scales.
    inverse: Tensor = torch.linalg.inv_ex(matrix).inverse
    return inverse
