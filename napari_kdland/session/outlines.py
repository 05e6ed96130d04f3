"""Outlines of region masks as labels: the number of the region along its rim, so that regions hide nothing below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy.regions import Regions

# Rims are this share of the image's height: a few pixels on a screen that shows it in full.
_WIDTH = 1 / 250
_TURN, _DASH = 4, 8


@dataclass(frozen=True)
class Outlined:
    """Regions of one image, ready to be shown.

    Parameters
    ----------
    regions
        The masks.
    rims : (H, W)
        0 beside all rims, else 1 + the place of the region in the scheme.
    """

    regions: Regions
    rims: NDArray[np.uint8]

    @classmethod
    def of(cls, regions: Regions) -> Outlined:
        """Draw the rims of regions."""
        return cls(regions, outlines(regions, width=rim_width(regions.size[0])))

    @cached_property
    def dashed(self) -> NDArray[np.uint8]:
        """The rims with gaps (H, W), to tell them from others in the same colours."""
        broken = self.rims.copy()
        rows, columns = np.nonzero(self.rims)
        is_gap = _turns(rows, columns, _DASH * rim_width(self.rims.shape[0])) % 2 == 1
        broken[rows[is_gap], columns[is_gap]] = 0
        return broken

    @property
    def nbytes(self) -> int:
        """Memory that it takes, gaps included."""
        return self.regions.masks.nbytes + 2 * self.rims.nbytes


def outlines(regions: Regions, *, width: int) -> NDArray[np.uint8]:
    """Draw the rim of each region inside it.

    Parameters
    ----------
    regions
        Those without a pixel are left out.
    width
        Of the rims in image pixels.

    Returns
    -------
    (H, W)
        0 beside all rims, else 1 + the place of the region. Where the rims of several regions fall together they take
        turns along the rim, so that none is hidden.
    """
    claims = np.zeros(regions.size, dtype=np.uint16)
    for place, mask in enumerate(regions.masks):
        if mask.any():
            window = _window(mask, width)
            claims[window] |= _rim(mask[window], width).astype(np.uint16) << np.uint16(place)
    rows, columns = np.nonzero(claims)
    claimed = (claims[rows, columns, None] >> np.arange(len(regions), dtype=np.uint16)) & 1
    rank = claimed.cumsum(axis=1) - 1
    wanted = _turns(rows, columns, _TURN * width) % np.maximum(claimed.sum(axis=1), 1)
    drawn = np.zeros(regions.size, dtype=np.uint8)
    drawn[rows, columns] = 1 + np.argmax(claimed.astype(bool) & (rank == wanted[:, None]), axis=1)
    return drawn


def rim_width(height: int) -> int:
    """Give the width of rims in an image of `height` pixels."""
    return max(1, round(height * _WIDTH))


def _turns(rows: NDArray[np.intp], columns: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Number the places of pixels so that the numbers change along a line of whatever direction."""
    return (rows + columns) // length + (rows - columns) // (length + length // 2)


def _window(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
        slice(max(0, columns[0] - margin), columns[-1] + 1 + margin),
    )


def _rim(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Give the pixels of a mask that are within `width` of one beside it; the image's edge is no rim."""
    from scipy.ndimage import minimum_filter  # loads much; only regions need it

    inner = minimum_filter(mask.view(np.uint8), size=2 * width + 1, mode="nearest")
    rim: NDArray[np.bool_] = mask & (inner == 0)
    return rim
