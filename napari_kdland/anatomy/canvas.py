"""Regions as labels that a brush can paint: one number a region, and back into the bit flags of masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from napari_kdland.anatomy.scheme import RegionEntry, Scheme


def canvas_of(bits: NDArray[np.uint16], scheme: Scheme, region: str) -> NDArray[np.uint8]:
    """Give what a brush paints on: all regions where they exclude each other, else the one that is painted.

    Parameters
    ----------
    bits : (H, W)
        Flags of the mask.
    scheme
        Whose regions they are.
    region
        Name of the region that is painted.

    Returns
    -------
    (H, W)
        0 beside all regions, else 1 + the place of the region in the scheme.
    """
    if scheme.regions_overlap:
        place = scheme.region_names.index(region)
        inside: NDArray[np.bool_] = (bits & scheme.regions[place].bit) != 0
        return np.multiply(inside, np.uint8(place + 1), dtype=np.uint8)
    numbers = np.zeros(1 << 16, np.uint8)
    for number, entry in enumerate(scheme.regions, start=1):
        numbers[entry.bit] = number
    canvas: NDArray[np.uint8] = numbers[bits & _all_bits(scheme.regions)]
    return canvas


def painted(bits: NDArray[np.uint16], canvas: NDArray[np.integer], scheme: Scheme, region: str) -> NDArray[np.uint16]:
    """Take over what was painted; the inverse of `canvas_of`.

    Parameters
    ----------
    bits : (H, W)
        Flags before; those of regions that the canvas does not show, and of regions that the scheme does not have,
        stay.
    canvas : (H, W)
        As `canvas_of` gave it, and then painted; numbers that are no region's count as 0.
    scheme, region
        As for `canvas_of`.
    """
    if scheme.regions_overlap:
        place = scheme.region_names.index(region)
        bit = np.uint16(scheme.regions[place].bit)
        one: NDArray[np.uint16] = (bits & ~bit) | np.multiply(canvas == place + 1, bit, dtype=np.uint16)
        return one
    flags = np.zeros(max(256, len(scheme.regions) + 1), np.uint16)
    for number, entry in enumerate(scheme.regions, start=1):
        flags[number] = entry.bit
    kept = np.where((canvas < 0) | (canvas >= len(flags)), 0, canvas)
    after: NDArray[np.uint16] = (bits & ~_all_bits(scheme.regions)) | flags[kept]
    return after


def merged(
    base: NDArray[np.uint16], mine: NDArray[np.uint16], theirs: NDArray[np.uint16], *, overlapping: bool
) -> NDArray[np.uint16]:
    """Make the changes from `base` to `mine` in `theirs`, which somebody else made of `base` meanwhile.

    Parameters
    ----------
    base, mine, theirs : (H, W)
        Bit flags.
    overlapping
        Whether a pixel may have several regions. Where not, a pixel that I changed is mine as a whole.
    """
    if not overlapping:
        return np.where(mine != base, mine, theirs)
    gained, lost = mine & ~base, base & ~mine
    joined: NDArray[np.uint16] = (theirs | gained) & ~lost
    return joined


def drawn_in(bits: NDArray[np.uint16], entries: Iterable[RegionEntry]) -> tuple[str, ...]:
    """Give the names of the regions that have a pixel in (H, W) flags."""
    found = int(np.bitwise_or.reduce(bits, axis=None))
    return tuple(entry.name for entry in entries if found & entry.bit)


def _all_bits(entries: Iterable[RegionEntry]) -> np.uint16:
    return np.uint16(sum(entry.bit for entry in entries))
