"""By what a radiograph is known again: its pixels, wherever the file lies and however it is compressed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def content_hash(stored: NDArray[np.generic]) -> str:
    """Give the SHA-256 of stored pixels and their size, in hexadecimal.

    Parameters
    ----------
    stored : (H, W)
        Pixels as stored, before any LUT. Whole numbers count by value, so the same 8-bit image in a 16-bit file has
        the same hash; so does a file compressed without loss.
    """
    values = np.ascontiguousarray(stored, dtype=_narrowest(stored))
    digest = hashlib.sha256(f"{values.shape[0]} x {values.shape[1]} {values.dtype.str};".encode())
    digest.update(values.data)
    return digest.hexdigest()


def _narrowest(stored: NDArray[np.generic]) -> np.dtype[np.generic]:
    """Choose the smallest little-endian type that holds all values; floating point stays as wide as it is."""
    if stored.dtype.kind == "f":
        return stored.dtype.newbyteorder("<")
    lowest, highest = int(stored.min()), int(stored.max())
    for name in ("|u1", "<u2", "<u4", "<u8") if lowest >= 0 else ("|i1", "<i2", "<i4", "<i8"):
        limits = np.iinfo(name)
        if limits.min <= lowest and highest <= limits.max:
            return np.dtype(name)
    return stored.dtype.newbyteorder("<")
