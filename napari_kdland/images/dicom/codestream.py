"""What a compressed frame says about itself, read before any decoder touches it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_J2K_START = b"\xff\x4f\xff\x51"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_LS_FRAME = 0xF7
_NOT_FRAME_HEADERS = (0xC4, 0xC8, 0xCC)

# Frame header to the transfer syntax that means it (PS3.5 A.4, ITU-T T.81 table B.1).
_SYNTAX_OF_PROCESS = {
    0xC0: "1.2.840.10008.1.2.4.50",
    0xC1: "1.2.840.10008.1.2.4.51",
    0xC3: "1.2.840.10008.1.2.4.57",
    _JPEG_LS_FRAME: "1.2.840.10008.1.2.4.81",
}
_JPEG_2000 = "1.2.840.10008.1.2.4.91"


@dataclass(frozen=True)
class Codestream:
    """Size and depth of a JPEG, JPEG-LS or JPEG 2000 frame.

    `transfer_syntax` is the DICOM one that covers this kind of stream, empty where there is none; `has_end` tells
    whether the end marker is there.
    """

    height: int
    width: int
    precision: int
    transfer_syntax: str
    has_end: bool


def look_into(frame: bytes) -> Codestream | None:
    """Read a frame's own header; `None` where it is none of the JPEG family, or has no readable header."""
    try:
        if frame.startswith(_JPEG_START):
            return _jpeg(frame)
        start = frame.find(_J2K_START, 0, 512)
        return _jpeg_2000(frame, start) if start >= 0 else None
    except (struct.error, IndexError):
        return None


def _jpeg(frame: bytes) -> Codestream | None:
    position = 2
    while True:
        while frame[position] == 0xFF:
            position += 1
        marker = frame[position]
        (length,) = struct.unpack_from(">H", frame, position + 1)
        if marker == _JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in _NOT_FRAME_HEADERS):
            precision, height, width = struct.unpack_from(">BHH", frame, position + 3)
            return Codestream(height, width, precision, _SYNTAX_OF_PROCESS.get(marker, ""), _has_end(frame))
        position += 1 + length
        if frame[position] != 0xFF:
            return None


def _jpeg_2000(frame: bytes, start: int) -> Codestream:
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    (depth,) = struct.unpack_from(">B", frame, start + 42)
    return Codestream(bottom - top, right - left, (depth & 0x7F) + 1, _JPEG_2000, _has_end(frame))


def _has_end(frame: bytes) -> bool:
    """Look for the end marker, which padding to an even length may follow."""
    return b"\xff\xd9" in frame[-16:]
