import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.images.dicom.codestream import Codestream, look_into
from tests.images.factories import (
    a_gradient,
    few_examples,
    jpeg_bytes,
)

SCAN = b"\xff\xda\0\x08\1\1\0\0\x3f\0"


def a_jpeg_header(marker, *, precision=12, height=7, width=9, n_components=1, scan=SCAN):
    app = b"\xff\xe0" + struct.pack(">H", 4) + b"ab"
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 11, precision, height, width, n_components) + b"\1\x11\0"
    return b"\xff\xd8" + app + b"\xff" + frame + scan + b"\xff\xd9"


def a_jpeg_2000_header(*, height=7, width=9, depth=15, box=b""):
    size = struct.pack(">HHIIII", 41, 0, width + 2, height + 1, 2, 1) + bytes(16) + struct.pack(">HBBB", 1, depth, 1, 1)
    return box + b"\xff\x4f\xff\x51" + size + b"\xff\xd9\0"


def test_a_real_jpeg_tells_its_size():
    stream = look_into(jpeg_bytes(a_gradient(6, 8, 255, np.uint8)))

    assert stream == Codestream(6, 8, 1, 8, "1.2.840.10008.1.2.4.50", is_sound=True, has_end=True)


@pytest.mark.parametrize(
    ("marker", "syntax"),
    [(0xC0, "50"), (0xC1, "51"), (0xC3, "57"), (0xF7, "81")],
    ids=["base", "ext", "lossless", "ls"],
)
def test_each_process_has_its_transfer_syntax(marker, syntax):
    stream = look_into(a_jpeg_header(marker))

    assert stream == Codestream(7, 9, 1, 12, f"1.2.840.10008.1.2.4.{syntax}", is_sound=True, has_end=True)


def test_an_unknown_process_has_none():
    assert look_into(a_jpeg_header(0xC9)).transfer_syntax == ""


@pytest.mark.parametrize("box", [b"", b"\0\0\0\x0cjP  \r\n\x87\n"])
def test_jpeg_2000_tells_the_size_of_its_image_area(box):
    stream = look_into(a_jpeg_2000_header(box=box))

    assert stream == Codestream(7, 9, 1, 16, "1.2.840.10008.1.2.4.91", is_sound=True, has_end=True)


def test_signed_jpeg_2000_tells_its_depth():
    assert look_into(a_jpeg_2000_header(depth=0x80 | 11)).precision == 12


def test_a_missing_end_marker_is_seen():
    assert not look_into(a_jpeg_header(0xC0)[:-2]).has_end


@pytest.mark.parametrize(
    "scan",
    [b"", b"garbage" + SCAN, b"\xff\xd0\0\2" + SCAN, b"\xff\xdb\0\1" + SCAN, b"\xff\xdb\x7f\xff" + SCAN],
    ids=["no scan", "garbage", "restart", "short", "long"],
)
def test_a_header_that_leads_to_no_scan_is_not_sound(scan):
    assert not look_into(a_jpeg_header(0xC3, scan=scan)).is_sound


def test_a_stream_with_two_frame_headers_says_nothing():
    assert look_into(a_jpeg_header(0xC0, scan=a_jpeg_header(0xC0)[8:])) is None


@few_examples
@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda tail: b"\xff\xd8\xff" + tail))
def test_nonsense_never_fails(frame):
    stream = look_into(frame)

    assert stream is None or stream.precision >= 0


@few_examples
@given(st.integers(0, 60))
def test_a_header_that_is_cut_off_says_nothing(n_bytes):
    for whole in (a_jpeg_header(0xC3), a_jpeg_2000_header()):
        cut = look_into(whole[:n_bytes])

        assert cut is None or (cut.height, cut.width) == (7, 9)
