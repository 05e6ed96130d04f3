"""A radiograph from a picture that has no grey scale transformation of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import UnsupportedImage
from napari_kdland.images.guards import refuse_constant, refuse_not_finite, refuse_odd_size
from napari_kdland.images.identity import content_hash
from napari_kdland.images.radiograph import Radiograph, Spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plain_radiograph(
    name: str,
    stored: NDArray[np.generic],
    *,
    bits: int,
    applied: tuple[str, ...] = (),
    spacing: Spacing | None = None,
    is_white_zero: bool = False,
) -> Radiograph:
    """Make a radiograph of the stored pixels of a PNG, JPEG or TIFF.

    Parameters
    ----------
    name
        The file's name, for messages.
    stored : (H, W)
        Whole or floating-point numbers.
    bits
        Bits stored per pixel.
    applied
        What the reader has done so far.
    spacing
        `None` where the file gives none that can be trusted.
    is_white_zero
        Whether small values are bright, as in TIFF's WhiteIsZero.

    Raises
    ------
    UnsupportedImage
        If there are no pixels, all are the same, some are not finite, or the image is a mask.
    """
    refuse_odd_size(name, *stored.shape)
    if stored.dtype.kind not in "uif" or bits == 1:
        raise UnsupportedImage(
            f"{name} has pixels of type {stored.dtype} with {bits} bit; that is a mask or no image, not a radiograph."
        )
    with np.errstate(over="ignore"):
        pixels = stored.astype(np.float32)
    if stored.dtype.kind == "f":
        refuse_not_finite(name, pixels)
    lowest, highest = float(pixels.min()), float(pixels.max())
    refuse_constant(name, lowest, highest)
    turn = _ceiling(stored, bits, highest + lowest) if is_white_zero else None
    if turn is not None:
        pixels = np.float32(turn) - pixels
        lowest, highest = float(pixels.min()), float(pixels.max())
        applied = (*applied, "WhiteIsZero inverted")
    shown = full_range(pixels, lowest, highest)
    return Radiograph(pixels, shown, spacing, content_hash(stored), applied=applied, bits=bits, turn=turn)


def full_range(values: NDArray[np.float32], lowest: float, highest: float) -> NDArray[np.float32]:
    """Bring the image's own range to 0..1, for files that say nothing about their display."""
    shown = values - np.float32(lowest)
    shown /= np.float32(highest - lowest)
    return shown


def _ceiling(stored: NDArray[np.generic], bits: int, otherwise: float) -> float:
    """Give the value to turn pixels over against: the largest that the bits can hold, where that has a meaning."""
    return float(2**bits - 1) if stored.dtype.kind == "u" else otherwise
