"""Heatmaps small enough to be told in passing: eight bits, packed into a line of text."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def packed(heatmap: ArrayLike) -> str:
    """Pack a square map (s, s) of values 0 to 1 into text; a heatmap of 128 pixels takes some two kilobytes."""
    values = np.round(np.clip(np.asarray(heatmap, dtype=np.float32), 0, 1) * 255).astype(np.uint8)
    return base64.b64encode(zlib.compress(values.tobytes(), 6)).decode("ascii")


def unpacked(text: str) -> NDArray[np.float32]:
    """Give the map (s, s) that was packed, to within 1/510; (0, 0) for an empty text."""
    values = np.frombuffer(zlib.decompress(base64.b64decode(text)) if text else b"", dtype=np.uint8)
    side = int(np.sqrt(len(values)))
    return values.reshape(side, side).astype(np.float32) / np.float32(255)
