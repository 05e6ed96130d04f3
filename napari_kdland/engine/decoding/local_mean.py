"""The centre of mass of a window around the highest pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine.decoding.grid import highest, radius_px, window

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart


def decode_local_mean(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:
    """Give the centre of mass (B, L, 2) of each map, raised to the power b, in the recipe's window.

    References
    ----------
    `coord_local_soft_argmax` of landmarker: the map being a softmax over space, its power b is that of b times the
    logits.
    """
    return local_mean(maps, radius_px(part.window_sigmas, sigma), inverse_temperature=part.inverse_temperature)


def local_mean(maps: Tensor, radius: int, *, inverse_temperature: float) -> Tensor:
    """Give the centre of mass (B, L, 2) of maps (B, L, h, w), not negative, in a square around the highest pixel.

    Parameters
    ----------
    maps : (B, L, h, w)
        Not negative.
    radius
        Half the square's side without its middle, in pixels; what lies beyond the border does not count.
    inverse_temperature
        Power that the map is raised to.

    References
    ----------
    `coord_local_soft_argmax` of landmarker.
    """
    peaks = highest(maps)
    values, _ = window(maps, peaks, radius)
    # Divided by the peak first, so that no power of a low map underflows.
    top = values.flatten(2).amax(-1).clamp_min(torch.finfo(maps.dtype).tiny)[..., None, None]
    mass = (values / top).pow(inverse_temperature)
    total = mass.flatten(2).sum(-1).clamp_min(torch.finfo(maps.dtype).tiny)
    offsets = torch.arange(-radius, radius + 1, device=maps.device, dtype=maps.dtype)
    return peaks + torch.stack((mass.sum(-1) @ offsets, mass.sum(-2) @ offsets), dim=-1) / total[..., None]
