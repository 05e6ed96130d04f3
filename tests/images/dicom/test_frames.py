import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images import read
from napari_kdland.images.dicom.dataset import open_dataset
from napari_kdland.images.dicom.frames import choose_frame, decode
from tests.images.factories import (
    a_gradient,
    few_examples,
    write_dicom,
)


def decoded(path, frame=None):
    dataset, _ = open_dataset(path)
    return decode(path.name, dataset, choose_frame(path.name, dataset, frame))


@few_examples
@given(
    st.sampled_from([np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32]).flatmap(
        lambda dtype: arrays(dtype, array_shapes(min_dims=2, max_dims=2, max_side=5))
    ),
    st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]),
)
def test_plain_pixels_come_back_as_stored(tmp_path_factory, stored, syntax):
    path = tmp_path_factory.getbasetemp() / "plain.dcm"

    found = decoded(write_dicom(path, stored, syntax=syntax))

    assert_array_equal(found.values, stored)
    assert found.bits == stored.dtype.itemsize * 8
    assert found.is_signed == (stored.dtype.kind == "i")


@few_examples
@given(st.integers(2, 15), st.data())
def test_any_depth_and_position_of_the_bits_is_read(tmp_path_factory, bits, data):
    high_bit = data.draw(st.integers(bits - 1, 15))
    is_signed = data.draw(st.booleans())
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
    values = np.array([data.draw(st.lists(st.integers(low, high), min_size=4, max_size=4))])
    junk = data.draw(st.integers(0, 65535)) & ~(((1 << bits) - 1) << (high_bit - bits + 1))
    words = (((values & ((1 << bits) - 1)) << (high_bit - bits + 1)) | junk).astype(np.uint16)
    path = tmp_path_factory.getbasetemp() / "odd.dcm"

    found = decoded(write_dicom(path, words, BitsStored=bits, HighBit=high_bit, PixelRepresentation=int(is_signed)))

    assert_array_equal(found.values, values)
    assert found.bits == bits


@pytest.mark.parametrize("high_bit", [None, 3, 99])
def test_an_impossible_high_bit_is_taken_as_usual(tmp_path, high_bit):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), BitsStored=12, HighBit=high_bit)

    assert_array_equal(decoded(path).values, a_gradient())


def test_what_careless_files_leave_out_is_completed_and_said(tmp_path):
    path = write_dicom(
        tmp_path / "a.dcm", a_gradient(), BitsStored=None, PixelRepresentation=None, SamplesPerPixel=None
    )

    found = decoded(path)

    assert_array_equal(found.values, a_gradient())
    assert found.notes == (
        "BitsStored missing, taken as 16",
        "SamplesPerPixel missing, taken as 1",
        "PixelRepresentation missing, taken as 0",
    )


def test_a_damaged_value_counts_as_left_out(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient())
    path.write_bytes(path.read_bytes().replace(b"\x28\0\3\1US", b"\x28\0\3\1U#"))

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, a_gradient())
    assert "PixelRepresentation missing, taken as 0" in radiograph.applied


def test_padding_behind_the_pixels_is_ignored(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), PixelData=a_gradient().tobytes() + b"\0" * 10)

    assert_array_equal(read(path).pixels, a_gradient())


@pytest.mark.parametrize("n_bytes", [0, 10, 94])
def test_missing_pixels_are_counted(tmp_path, n_bytes):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), PixelData=a_gradient().tobytes()[:n_bytes])

    with pytest.raises(UnreadableImage, match=f"{n_bytes} of 96 bytes are there"):
        read(path)


@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_a_zero_size_image_is_refused(tmp_path, keyword):
    with pytest.raises(UnsupportedImage, match="no pixels"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), **{keyword: 0}))


def test_an_absurd_size_is_refused_before_anything_is_decoded(tmp_path):
    with pytest.raises(UnsupportedImage, match="80 million"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), Rows=65535, Columns=65535))


def test_several_frames_tell_how_to_choose_one(tmp_path):
    with pytest.raises(UnsupportedImage, match=r"holds 3 frames.*frame=0 to frame=2.*file of its own"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), NumberOfFrames=3))


def test_a_chosen_frame_is_read(tmp_path):
    frames = np.stack([a_gradient(), a_gradient()[::-1]])
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), NumberOfFrames=2, PixelData=frames.tobytes())

    assert_array_equal(read(path, frame=0).pixels, frames[0])
    assert_array_equal(read(path, frame=1).pixels, frames[1])


@pytest.mark.parametrize("frame", [-1, 1, 7])
def test_a_frame_that_is_not_there_is_named(tmp_path, frame):
    with pytest.raises(UsageError, match=rf"no frame {frame}; it has 1, counted from 0"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient()), frame=frame)


def test_frame_zero_of_a_single_image_may_be_asked_for(tmp_path):
    assert read(write_dicom(tmp_path / "a.dcm", a_gradient(), NumberOfFrames=1), frame=0).size == (6, 8)


def test_a_number_of_frames_that_is_none_is_named(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), NumberOfFrames=12)
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x0012", b"IS\x02\x001A"))

    with pytest.raises(UnreadableImage, match="NumberOfFrames is '1A'"):
        read(path)


def test_a_one_bit_mask_is_refused(tmp_path):
    packed = np.packbits(a_gradient() > 2000)
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), BitsAllocated=1, BitsStored=1, PixelData=packed.tobytes())

    with pytest.raises(UnsupportedImage, match="mask, not a radiograph"):
        read(path)


def test_colours_are_converted_and_said(tmp_path):
    stored = np.dstack([a_gradient(6, 8, 250, np.uint8), a_gradient(6, 8, 90, np.uint8), np.zeros((6, 8), np.uint8)])

    found = decoded(write_dicom(tmp_path / "a.dcm", stored))

    assert_allclose(found.values, stored @ [0.299, 0.587, 0.114], atol=0.51)
    assert found.notes == ("RGB colours converted to grey",)


def test_grey_in_ybr_is_its_luma(tmp_path):
    grey = a_gradient(6, 8, 250, np.uint8)
    ybr = np.dstack([grey, np.full_like(grey, 128), np.full_like(grey, 128)])

    found = decoded(write_dicom(tmp_path / "a.dcm", ybr, PhotometricInterpretation="YBR_FULL"))

    assert_array_equal(found.values, grey)
    assert found.notes == ("grey stored as YBR_FULL",)


def a_palette(depth):
    top = 2**depth - 1
    table = np.linspace(top, 0, 256).round().astype(np.uint16 if depth == 16 else np.uint8).tobytes()
    colours = {}
    for name in ("Red", "Green", "Blue"):
        colours[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, depth]
        colours[f"{name}PaletteColorLookupTableData"] = table
    return colours


@pytest.mark.parametrize("depth", [8, 16])
def test_a_palette_is_looked_up_and_said(tmp_path, depth):
    stored = a_gradient(6, 8, 255, np.uint8)
    path = write_dicom(tmp_path / "a.dcm", stored, PhotometricInterpretation="PALETTE COLOR", **a_palette(depth))

    found = decoded(path)

    assert_allclose(found.values, (255 - stored.astype(int)) * (257 if depth == 16 else 1))
    assert found.bits == depth
    assert found.notes == ("grey stored as palette",)


def test_a_palette_that_is_missing_is_named(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient(), PhotometricInterpretation="PALETTE COLOR")

    with pytest.raises(UnreadableImage, match="its palette cannot be used"):
        read(path)


def test_other_colour_spaces_are_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedImage, match="CMYK, which has no safe way to grey"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), PhotometricInterpretation="CMYK"))


@pytest.mark.parametrize(
    "elements", [{"BitsAllocated": 12}, {"BitsStored": 17}, {"SamplesPerPixel": 2}, {"BitsStored": 0}]
)
def test_a_header_that_contradicts_itself_is_an_error(tmp_path, elements):
    with pytest.raises(UnreadableImage, match="damaged or cut short"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), **elements))


def test_an_overlay_in_the_unused_bits_is_taken_away(tmp_path):
    stored = a_gradient(top=1000)

    path = write_dicom(tmp_path / "a.dcm", stored | 0x8000, BitsStored=10)

    assert_array_equal(read(path).pixels, stored)
