"""Regions of one image: masks, which of them are known, and the bit flags that files hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.anatomy.placement import Placement
    from napari_kdland.anatomy.scheme import RegionEntry


class RegionState(StrEnum):
    """What is known of a region in an image.

    Drawn and absent regions are known: every pixel trains, as inside or outside. Of an unknown one nothing is.
    """

    DRAWN = "drawn"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of one image in the order of its scheme; equal where names, masks and what is known are equal.

    Parameters
    ----------
    names
        Names of the R regions.
    masks : (R, H, W)
        True inside; H and W are those of the original image.
    known : (R,), optional
        Whether anything is known of a region; by default of all. A known region without a pixel is absent; one that is
        not known has none.

    Raises
    ------
    ValueError
        If the shapes do not fit, names come twice, or an unknown region has pixels.
    """

    names: tuple[str, ...]
    masks: NDArray[np.bool_]
    known: NDArray[np.bool_] = None  # type: ignore[assignment]  # never None once it is made

    def __post_init__(self) -> None:
        masks = np.asarray(self.masks, dtype=bool)
        known = np.ones(len(self.names), dtype=bool) if self.known is None else np.array(self.known, dtype=bool)
        if masks.ndim != 3 or not len(self.names) == len(masks) == len(known):
            found = f"{len(self.names)} names, masks {masks.shape}, {len(known)} flags"
            raise ValueError(f"{found}: expected R names, masks (R, H, W) and R flags")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"region names must be unique: {', '.join(self.names)}")
        for name, mask, is_known in zip(self.names, masks, known, strict=True):
            if not is_known and mask.any():
                raise ValueError(f"region {name!r} is not known, but its mask has {mask.sum()} pixels")
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "known", known)

    @classmethod
    def unknown(cls, names: Sequence[str], size: tuple[int, int]) -> Regions:
        """Give regions of an image of (height, width) pixels of which nothing is known."""
        return cls(tuple(names), np.zeros((len(names), *size), dtype=bool), np.zeros(len(names), dtype=bool))

    @classmethod
    def from_bits(
        cls, bits: NDArray[np.integer], entries: Sequence[RegionEntry], *, known: Iterable[str] | None = None
    ) -> Regions:
        """Read bit flags.

        Parameters
        ----------
        bits : (H, W)
            Each pixel the sum of the bits of the regions that it lies in; bits that no entry has are passed over.
        entries
            The scheme's regions.
        known
            Names of the regions of which something is known; by default those with a pixel, since a file of bits alone
            cannot tell an absent region from one that nobody drew.
        """
        flagged = bits.astype(np.uint16)
        masks = np.array([(flagged & entry.bit) != 0 for entry in entries], dtype=bool).reshape(-1, *bits.shape)
        names = tuple(entry.name for entry in entries)
        if known is None:
            return cls(names, masks, masks.sum(axis=(1, 2)) > 0)
        said = set(known)
        flags = np.array([name in said for name in names], dtype=bool)
        return cls(names, masks & flags[:, None, None], flags)

    @classmethod
    def from_polygons(cls, names: Sequence[str], polygons: Mapping[str, ArrayLike], size: tuple[int, int]) -> Regions:
        """Fill closed outlines, such as those through a group of landmarks.

        Parameters
        ----------
        names
            Names of the R regions.
        polygons
            By region, the corners (P, 2) of its outline as (y, x) in image pixels. Regions that are missing here are
            unknown.
        size
            (height, width) of the image; what lies outside is cut off.

        Raises
        ------
        ValueError
            If an outline is of no region in `names`, has fewer than 3 corners, or one without a position.
        """
        stray = sorted(set(polygons) - set(names))
        if stray:
            raise ValueError(f"outlines of {', '.join(stray)}, but the regions are {', '.join(names)}")
        masks = np.zeros((len(names), *size), dtype=bool)
        for index, name in enumerate(names):
            if name in polygons:
                masks[index] = _filled(name, np.asarray(polygons[name], dtype=np.float64), size)
        return cls(tuple(names), masks, np.array([name in polygons for name in names], dtype=bool))

    def to_bits(self, entries: Sequence[RegionEntry]) -> NDArray[np.uint16]:
        """Write bit flags (H, W); each pixel is the sum of the bits of its regions."""
        bit_of = {entry.name: entry.bit for entry in entries}
        bits = np.zeros(self.size, dtype=np.uint16)
        for name, mask in zip(self.names, self.masks, strict=True):
            bits[mask] |= bit_of[name]
        return bits

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.masks.shape[1:]
        return height, width

    @property
    def known_names(self) -> tuple[str, ...]:
        """Names of the regions of which something is known, in order."""
        return tuple(name for name, is_known in zip(self.names, self.known, strict=True) if is_known)

    @property
    def area_px(self) -> NDArray[np.int64]:
        """Pixels of each region; shape (R,)."""
        areas: NDArray[np.int64] = self.masks.sum(axis=(1, 2))
        return areas

    @property
    def states(self) -> tuple[RegionState, ...]:
        """What is known of each region."""
        drawn = (RegionState.ABSENT, RegionState.DRAWN)
        pairs = zip(self.known, self.area_px, strict=True)
        return tuple(drawn[int(area > 0)] if is_known else RegionState.UNKNOWN for is_known, area in pairs)

    def __getitem__(self, name: str) -> NDArray[np.bool_]:
        mask: NDArray[np.bool_] = self.masks[self.names.index(name)]
        return mask

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Regions):
            return NotImplemented
        is_same = self.names == other.names and np.array_equal(self.known, other.known)
        return is_same and np.array_equal(self.masks, other.masks)

    __hash__ = None  # type: ignore[assignment]  # arrays have no hash

    def __len__(self) -> int:
        return len(self.names)


def unnamed_bits(bits: NDArray[np.integer], entries: Sequence[RegionEntry]) -> tuple[int, ...]:
    """Give the bits that occur in (H, W) flags and that no region has, lowest first."""
    found = int(np.bitwise_or.reduce(bits, axis=None)) & ~sum(entry.bit for entry in entries)
    return tuple(1 << place for place in range(found.bit_length()) if found >> place & 1)


def flags_in_input(bits: NDArray[np.integer], placement: Placement) -> NDArray[np.uint16]:
    """Give bit flags in the network's input: of each input pixel those of the image pixel that its centre lies in.

    Parameters
    ----------
    bits : (H, W)
        Flags of the original image, of size `placement.image_size`.
    placement
        Where the image lies in the input.

    Returns
    -------
    placement.input_size
        0 beside the image.

    Raises
    ------
    ValueError
        If the flags have another size than the placement was made for.
    """
    if bits.shape != tuple(placement.image_size):
        raise ValueError(f"the flags are {bits.shape}, but the placement is for {placement.image_size}")
    inside, nearest = [], []
    for axis in (0, 1):
        corners = np.zeros((placement.input_size[axis], 2))
        corners[:, axis] = np.arange(placement.input_size[axis])
        # Rounding half up keeps a centre that lies on an edge in one pixel, whatever its number.
        places = np.floor(placement.from_input(corners)[:, axis] + 0.5).astype(np.intp)
        inside.append((places >= 0) & (places < bits.shape[axis]))
        nearest.append(places.clip(0, bits.shape[axis] - 1))
    placed: NDArray[np.uint16] = bits.astype(np.uint16)[np.ix_(*nearest)] * np.outer(*inside)
    return placed


def _filled(name: str, corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    from skimage.draw import polygon2mask

    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError(f"the outline of {name} must be 3 or more corners (y, x), all finite; found {corners.shape}")
    mask: NDArray[np.bool_] = polygon2mask(size, corners)
    return mask
