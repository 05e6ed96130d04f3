"""What a compressed frame says about itself, read before any decoder touches it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_J2K_START = b"\xff\x4f\xff\x51"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_LS_FRAME, _SCAN = 0xF7, 0xDA
# Markers of a header that a length follows: not the restarts, start and end (ITU-T T.81 table B.1, T.87 C.1.1).
_WITH_LENGTH = frozenset(bytes([marker]) for marker in (*range(0xC0, 0xD0), *range(0xDA, 0xF0), 0xF7, 0xF8, 0xFE))
_NOT_FRAME_HEADERS = (0xC4, 0xC8, 0xCC)

# Frame header to the transfer syntax that means it (PS3.5 A.4, ITU-T T.81 table B.1). Progressive (C2) has none any
# more; whoever reads Baseline reads it too.
_SYNTAX_OF_PROCESS = {
    0xC0: "1.2.840.10008.1.2.4.50",
    0xC1: "1.2.840.10008.1.2.4.51",
    0xC2: "1.2.840.10008.1.2.4.50",
    0xC3: "1.2.840.10008.1.2.4.57",
    _JPEG_LS_FRAME: "1.2.840.10008.1.2.4.81",
}
_JPEG_2000 = "1.2.840.10008.1.2.4.91"
# The end marker, and padding to an even length behind it.
_END_BYTES = 16


@dataclass(frozen=True)
class Codestream:
    """Size and depth of a JPEG, JPEG-LS or JPEG 2000 frame.

    `transfer_syntax` is the DICOM one that covers this kind of stream, empty where there is none; `is_sound` tells
    whether the whole header can be walked through, up to the first scan; `has_end` whether the end marker is there.
    """

    height: int
    width: int
    n_components: int
    precision: int
    transfer_syntax: str
    is_sound: bool
    has_end: bool


def look_into(frame: bytes) -> Codestream | None:
    """Read a frame's own header; `None` where it is none of the JPEG family, or has no readable header."""
    has_end = b"\xff\xd9" in frame[-_END_BYTES:]
    if frame.startswith(_JPEG_START):
        return _jpeg(frame, has_end)
    start = frame.find(_J2K_START, 0, 512)
    return _jpeg_2000(frame[start:], has_end) if start >= 0 else None


def _jpeg(frame: bytes, has_end: bool) -> Codestream | None:
    """Take size and process from the frame header, and walk on to the first scan."""
    found = None
    for marker, body in _segments(frame):
        if marker == _SCAN:
            break
        if marker == _JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in _NOT_FRAME_HEADERS):
            if found is not None or len(body) < 6:
                return None
            found = marker, struct.unpack_from(">BHHB", body)
    else:
        marker = 0
    if found is None:
        return None
    process, (precision, height, width, n_components) = found
    syntax = _SYNTAX_OF_PROCESS.get(process, "")
    return Codestream(height, width, n_components, precision, syntax, marker == _SCAN, has_end)


def _segments(frame: bytes) -> Iterator[tuple[int, bytes]]:
    """List (marker, body) of the marker segments behind the start; ends where one is damaged."""
    position = 2
    while frame[position : position + 1] == b"\xff":
        while frame[position : position + 1] == b"\xff":
            position += 1
        marker = frame[position : position + 1]
        length = int.from_bytes(frame[position + 1 : position + 3], "big")
        body = frame[position + 3 : position + 1 + length]
        if marker not in _WITH_LENGTH or length < 2 or len(body) < length - 2:
            return
        yield marker[0], body
        position += 1 + length


def _jpeg_2000(stream: bytes, has_end: bool) -> Codestream | None:
    if len(stream) < 43:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, 8)
    n_components, depth = struct.unpack_from(">HB", stream, 40)
    precision = (depth & 0x7F) + 1
    return Codestream(bottom - top, right - left, n_components, precision, _JPEG_2000, is_sound=True, has_end=has_end)
