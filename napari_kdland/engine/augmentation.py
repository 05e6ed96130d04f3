"""Random changes of a batch on its device: images and landmarks by one and the same affine map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from napari_kdland.engine.mapping import Mapping
from napari_kdland.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.recipes.model import AugmentationPart


@dataclass(frozen=True)
class Changes:
    """What is done to each image of a batch.

    `matrix` (B, 2, 2) and `shift_px` (B, 2) take a point p, (y, x) from the image's centre, to matrix @ p + shift_px;
    `gamma`, `contrast`, `brightness` and `noise_sd` are (B,); `is_mirrored` (B,) is part of the matrix and says where
    left and right landmarks change places. `square` (B, 3) is the (y, x) centre and the side of a grey square, as
    shares of the image's side.
    """

    matrix: Tensor
    shift_px: Tensor
    gamma: Tensor
    contrast: Tensor
    brightness: Tensor
    noise_sd: Tensor
    is_mirrored: Tensor
    square: Tensor

    def mapping(self, size: int) -> Mapping:
        """Give the geometric part, for inputs of `size` pixels."""
        return Mapping(self.matrix, self.shift_px, size)

    def to(self, device: torch.device) -> Changes:
        """Give the same changes on a device."""
        return Changes(*(value.to(device, non_blocking=True) for value in vars(self).values()))


class Augmentation:
    """Draws changes within a recipe's limits and applies them.

    Parameters
    ----------
    limits
        The recipe's part.
    mirrored_order
        For each landmark, the one that takes its place in a mirrored image.

    Raises
    ------
    RecipeError
        If images are to be mirrored, but no landmark has a partner.
    """

    def __init__(self, limits: AugmentationPart, mirrored_order: Sequence[int]) -> None:
        self.limits = limits
        self._order = torch.tensor(list(mirrored_order), dtype=torch.long)
        if limits.flip and mirrored_order and list(mirrored_order) == list(range(len(mirrored_order))):
            raise RecipeError(
                "The recipe mirrors images (augmentation.flip = true), but the scheme names no left-right pairs, so "
                "left would be learnt as right. Set augmentation.flip = false, or name the pairs in the scheme."
            )

    def draw(self, count: int, size: int, generator: torch.Generator) -> Changes:
        """Draw changes for `count` images of `size` pixels; a pure function of the generator's state."""
        limits = self.limits
        u = torch.rand((9, count), generator=generator, dtype=torch.float64).mul_(2).sub_(1)
        angle = u[0] * math.radians(limits.rotation_deg)
        scale = (1 + limits.scale) ** u[1]
        shear = torch.tan(u[4] * math.radians(limits.shear_deg))
        is_mirrored = (u[8] > 0) & limits.flip
        cos, sin = angle.cos(), angle.sin()
        rotation = torch.stack((cos, -sin, sin, cos), dim=-1).view(-1, 2, 2)
        one, zero = torch.ones_like(shear), torch.zeros_like(shear)
        sheared = torch.stack((one, zero, shear, one), dim=-1).view(-1, 2, 2)
        scaled = torch.stack((scale, zero, zero, torch.where(is_mirrored, -scale, scale)), dim=-1).view(-1, 2, 2)
        brightness = (torch.rand(count, generator=generator) - 0.5) * limits.contrast
        v = torch.rand((3, count), generator=generator)
        return Changes(
            matrix=(rotation @ sheared @ scaled).float(),
            shift_px=(u[2:4].T * limits.shift * size).float(),
            gamma=torch.exp(u[5] * limits.gamma).float(),
            contrast=(1 + u[6] * limits.contrast).float(),
            brightness=brightness,
            noise_sd=((u[7] + 1) / 2 * limits.noise).float(),
            is_mirrored=is_mirrored,
            square=torch.stack((v[0], v[1], (v[2] * limits.cutout).sqrt()), dim=-1),
        )

    def change_images(self, grey: Tensor, changes: Changes, noise: torch.Generator) -> Tensor:
        """Give changed images for grey values 0..1, (B, C, S, S); outside of the image is black.

        All channels of an image are changed alike, but for the noise.
        """
        moved = changes.mapping(grey.shape[-1]).images(grey)
        return self._covered(self._change_grey(moved, changes, noise), changes)

    def _change_grey(self, grey: Tensor, changes: Changes, noise: torch.Generator) -> Tensor:
        def each(values: Tensor) -> Tensor:
            return values.view(-1, 1, 1, 1)

        toned = grey.clamp_(0, 1).pow(each(changes.gamma))
        toned.mul_(each(changes.contrast)).add_(each(0.5 - 0.5 * changes.contrast + changes.brightness))
        if not self.limits.noise:
            return toned
        # Drawn a channel at a time, so that a further one, seen by the teacher alone, changes nothing for the first.
        for channel in toned.unbind(dim=1):
            speckle = torch.randn(channel.shape, generator=noise, device=grey.device)
            channel.addcmul_(speckle, changes.noise_sd.view(-1, 1, 1))
        return toned

    def change_points(self, points: Tensor, changes: Changes, size: int) -> Tensor:
        """Give the points (B, L, 2), (y, x) in input pixels, where the changed images have them; NaN stays NaN."""
        return self.swap_sides(changes.mapping(size).points(points), changes.is_mirrored)

    def swap_sides(self, values: Tensor, is_mirrored: Tensor) -> Tensor:
        """Let left and right landmarks change places where `is_mirrored` (B,); values are (B, L, ...)."""
        if not self.limits.flip:
            return values
        swapped = values[:, self._order.to(values.device)]
        return torch.where(is_mirrored.view(-1, *(1 for _ in values.shape[1:])), swapped, values)

    def _covered(self, grey: Tensor, changes: Changes) -> Tensor:
        if not self.limits.cutout:
            return grey
        n = grey.shape[-1]
        places = (torch.arange(n, device=grey.device) + 0.5) / n
        y, x, side = (value.view(-1, 1) for value in changes.square.unbind(-1))
        rows, columns = (places - y).abs() < side / 2, (places - x).abs() < side / 2
        return grey.masked_fill((rows.unsqueeze(-1) & columns.unsqueeze(-2)).unsqueeze(1), 0.5)
