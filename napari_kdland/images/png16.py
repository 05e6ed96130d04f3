"""PNG with 16 bits a channel and several channels, which Pillow cuts down to 8 bits."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)


def decode_png16(data: bytes) -> NDArray[np.uint16]:
    """Decode a 16-bit PNG.

    Parameters
    ----------
    data
        The whole file.

    Returns
    -------
    (H, W, channels) uint16
        Grey, grey and alpha, RGB, or RGB and alpha.

    Raises
    ------
    ValueError
        If the file is damaged, cut short, interlaced, or no 16-bit PNG.

    References
    ----------
    ISO/IEC 15948:2004 (PNG), clauses 5, 7 and 9.
    """
    if data[:8] != _SIGNATURE:
        raise ValueError("no PNG signature")
    chunks = list(_chunks(data))
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 16 or colour not in _CHANNELS or interlace:
        raise ValueError(f"not a 16-bit PNG without interlace: depth {depth}, colour {colour}, interlace {interlace}")
    step = 2 * _CHANNELS[colour]
    expected = height * (1 + width * step)
    inflater = zlib.decompressobj()
    raw = inflater.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"), expected)
    if len(raw) < expected:
        raise ValueError(f"{len(raw)} of {expected} bytes of pixels")
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * step)
    filtered = lines[:, 1:].reshape(height, width, step)
    samples = _unfiltered(filtered, lines[:, 0])
    return cast("NDArray[np.uint16]", samples.view(">u2").astype(np.uint16))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        stored_sum = data[position + 8 + length : position + 12 + length]
        if stored_sum != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError(f"wrong check sum in chunk {kind!r}")
        yield kind, body
        if kind == b"IEND":
            return
        position += 12 + length
    raise ValueError("no end chunk")


def _unfiltered(filtered: NDArray[np.uint8], filters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the line filters of (H, W, bytes a pixel).

    A pixel needs its left, upper and upper left neighbours, so all pixels of one anti-diagonal are done at a time:
    H + W steps in place of H x W.
    """
    if filters.max() > _PAETH:
        raise ValueError(f"unknown line filter {filters.max()}")
    height, width, _ = filtered.shape
    # One more line above and one more column to the left, both zero, stand for what lies outside (clause 9.2).
    done = np.zeros((height + 1, width + 1, filtered.shape[2]), dtype=np.int16)
    for diagonal in range(height + width - 1):
        y = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        x = diagonal - y
        left, up, corner = done[y + 1, x], done[y, x + 1], done[y, x]
        kind = filters[y][:, None]
        guess = np.select(
            [kind == _NONE, kind == _SUB, kind == _UP, kind == _AVERAGE],
            [np.zeros_like(left), left, up, (left + up) >> 1],
            default=_paeth(left, up, corner),
        )
        done[y + 1, x + 1] = (filtered[y, x] + guess) & 0xFF
    return np.ascontiguousarray(done[1:, 1:].astype(np.uint8))


def _paeth(left: NDArray[np.int16], up: NDArray[np.int16], corner: NDArray[np.int16]) -> NDArray[np.int16]:
    """Choose the neighbour nearest to left + up - corner; ties go left, then up (clause 9.4)."""
    estimate = left + up - corner
    to_left, to_up, to_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    takes_left = (to_left <= to_up) & (to_left <= to_corner)
    return np.where(takes_left, left, np.where(to_up <= to_corner, up, corner))
