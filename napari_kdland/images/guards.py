"""What no reader lets through: damage, absurd sizes, images that show nothing."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import UnreadableImage, UnsupportedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A 35 x 43 cm film scanned at 50 micrometres has 61 million pixels; the largest detectors have 25.
MAX_PIXELS = 80_000_000

# What parsers and decoders raise on damaged bytes. Named one by one: a bug of ours outside these still shows as one.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def refuse_odd_size(name: str, height: int, width: int) -> None:
    """Refuse an image without pixels, or with more than a radiograph can have, before it is decoded.

    Raises
    ------
    UnsupportedImage
        If a side is zero, or there are more than `MAX_PIXELS`.
    """
    if height < 1 or width < 1:
        raise UnsupportedImage(f"{name} has no pixels: its size is {height} x {width}. Export it again.")
    if height * width > MAX_PIXELS:
        raise UnsupportedImage(
            f"{name} has {height} x {width} pixels, more than the {MAX_PIXELS // 1_000_000} million that a radiograph "
            "can have. Crop or shrink it if it is one."
        )


def refuse_not_finite(name: str, values: NDArray[np.generic]) -> None:
    """Refuse floating-point pixels with NaN or infinity in them.

    Raises
    ------
    UnsupportedImage
        With the number of such pixels.
    """
    n_bad = int(values.size - np.isfinite(values).sum())
    if n_bad:
        raise UnsupportedImage(
            f"{name} has {n_bad} of {values.size} pixels that are not numbers (NaN or infinite). "
            "Fill them before you add the image."
        )


def refuse_constant(name: str, lowest: float, highest: float) -> None:
    """Refuse an image in which every pixel is the same.

    Raises
    ------
    UnsupportedImage
        With the value.
    """
    if lowest == highest:
        raise UnsupportedImage(
            f"{name} shows nothing: every pixel is {lowest:g}. Leave it out, or export it again from the source."
        )


def cut_short(name: str, error: BaseException | str) -> UnreadableImage:
    """Give the error for a file whose pixels cannot be decoded."""
    return UnreadableImage(
        f"{name} is damaged or cut short: its pixels could not be read ({in_short(error)}). "
        "Copy or export it again from the source."
    )


def in_short(error: BaseException | str) -> str:
    """Give a decoder's complaint on one line of 160 characters at most."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= 160 else words[:157] + "..."
