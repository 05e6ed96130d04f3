"""The centre of mass of the whole map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart


def decode_soft_argmax(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:  # noqa: ARG001, as every decoder is called
    """Give the centre of mass (B, L, 2) of each map, raised to the recipe's power b.

    References
    ----------
    Sun et al. 2018, Integral human pose regression, eq. 2; the map being a softmax over space, its power b is that of b
    times the logits.
    """
    return soft_argmax(maps, inverse_temperature=part.inverse_temperature)


def soft_argmax(maps: Tensor, *, inverse_temperature: float) -> Tensor:
    """Give the centre of mass (B, L, 2) of maps (B, L, h, w), not negative, raised to a power.

    References
    ----------
    Sun et al. 2018, Integral human pose regression, eq. 2.
    """
    # Divided by the peak first, so that no power of a low map underflows.
    peak = maps.flatten(2).amax(-1).clamp_min(torch.finfo(maps.dtype).tiny)[..., None, None]
    mean, _ = heatmaps.moments((maps / peak).pow(inverse_temperature))
    return mean
