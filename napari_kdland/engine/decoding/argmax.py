"""The highest pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.decoding.grid import highest

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import DecodingPart


def argmax(maps: Tensor, sigma: float, part: DecodingPart) -> Tensor:  # noqa: ARG001, as every decoder is called
    """Give the highest pixel (B, L, 2) of each map (B, L, h, w).

    References
    ----------
    Tompson et al. 2014, Joint training of a convolutional network and a graphical model for human pose estimation,
    section 3.1; `get_max_preds` of the code of Zhang et al. 2020.
    """
    return highest(maps)
