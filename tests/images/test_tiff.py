import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from napari_kdland.errors import MissingDecoder, UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images import read
from tests.images.factories import (
    a_gradient,
    few_examples,
)

BYTE_GRADIENT = a_gradient(6, 8, 250, np.uint8)


def write(path, samples, **options):
    tifffile.imwrite(path, samples, **options)
    return path


@few_examples
@given(
    st.sampled_from(["u1", "u2", "<i2", ">u2", "u4", "i4", "f4"])
    .flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=5), unique=True))
    .filter(lambda stored: np.isfinite(stored).all() and len(np.unique(stored.astype(np.float32))) > 1),
    st.sampled_from([None, "zlib"]),
)
def test_one_channel_comes_back_as_stored(tmp_path_factory, stored, compression):
    path = write(tmp_path_factory.getbasetemp() / "a.tif", stored, compression=compression, byteorder=">")

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, stored.astype(np.float32))
    assert radiograph.bits == stored.dtype.itemsize * 8
    assert radiograph.applied == ()


@pytest.mark.parametrize("options", [{"planarconfig": "contig"}, {"planarconfig": "separate"}, {"bigtiff": True}])
def test_grey_in_three_channels_is_taken(tmp_path, options):
    samples = np.stack([a_gradient()] * 3, axis=0 if options.get("planarconfig") == "separate" else -1)

    radiograph = read(write(tmp_path / "a.tif", samples, photometric="rgb", **options))

    assert_array_equal(radiograph.pixels, a_gradient())
    assert radiograph.applied == ("grey stored as RGB",)


@pytest.mark.parametrize("n_channels", [2, 4])
def test_alpha_is_left_out(tmp_path, n_channels):
    photometric = "rgb" if n_channels == 4 else "minisblack"
    samples = np.dstack([a_gradient()] * n_channels)
    path = write(tmp_path / "a.tif", samples, photometric=photometric, extrasamples=["unassalpha"], planarconfig=1)

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, a_gradient())
    assert "alpha channel left out" in radiograph.applied


def test_a_palette_is_looked_up(tmp_path):
    colours = np.repeat(np.arange(255, -1, -1)[None], 3, axis=0).astype(np.uint16) * 257

    radiograph = read(write(tmp_path / "a.tif", BYTE_GRADIENT, photometric="palette", colormap=colours))

    assert_array_equal(radiograph.pixels, 255 - BYTE_GRADIENT)
    assert radiograph.applied == ("grey stored as palette",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_white_is_zero_is_turned_over_exactly_once(tmp_path, dtype, compression):
    stored = a_gradient(6, 8, 250, dtype)
    options = {"compression": compression} if compression else {}
    path = write_by_pillow(tmp_path / "a.tif", stored, white_is_zero=True, **options)

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, np.iinfo(dtype).max - stored)
    assert radiograph.applied == ("WhiteIsZero inverted",)


def write_by_pillow(path, stored, *, white_is_zero=False, **options):
    """Write with Pillow and set PhotometricInterpretation afterwards, which Pillow itself would act upon."""
    Image.fromarray(stored).save(path, **options)
    if white_is_zero:
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages[0].tags["PhotometricInterpretation"].overwrite(0)
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lzw_is_read_without_a_further_decoder(tmp_path, dtype):
    stored = a_gradient(6, 8, 250, dtype)

    assert_array_equal(read(write_by_pillow(tmp_path / "a.tif", stored, compression="tiff_lzw")).pixels, stored)


def test_a_compression_without_decoder_is_named(tmp_path):
    path = write(tmp_path / "a.tif", a_gradient())
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["Compression"].overwrite(34676)

    with pytest.raises(MissingDecoder, match=r"SGILOG with 16 bits.*Export it uncompressed"):
        read(path)


def test_nan_is_refused_and_counted(tmp_path):
    stored = a_gradient(dtype=np.float32)
    stored[0, :3] = np.nan

    with pytest.raises(UnsupportedImage, match=r"a\.tif has 3 of 48 pixels that are not numbers"):
        read(write(tmp_path / "a.tif", stored))


def test_a_constant_image_is_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match=r"every pixel is 0\.5"):
        read(write(tmp_path / "a.tif", np.full((5, 5), 0.5, np.float32)))


def test_a_one_bit_mask_is_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match="mask"):
        read(write(tmp_path / "a.tif", BYTE_GRADIENT > 100))


def test_complex_numbers_are_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match="not a radiograph"):
        read(write(tmp_path / "a.tif", a_gradient().astype(np.complex64)))


def test_a_zero_size_image_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", a_gradient())
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageLength"].overwrite(0)

    with pytest.raises(UnsupportedImage, match="no pixels"):
        read(path)


def test_an_absurd_size_is_refused_before_it_is_decoded(tmp_path):
    path = write(tmp_path / "a.tif", a_gradient())
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageWidth"].overwrite(65535)
        file.pages[0].tags["ImageLength"].overwrite(65535)

    with pytest.raises(UnsupportedImage, match="80 million"):
        read(path)


@pytest.mark.parametrize("cut", [6, 100, -5])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"rowsperstrip": 1}])
def test_a_truncated_file_says_so(tmp_path, cut, options):
    path = write(tmp_path / "a.tif", np.random.default_rng(0).integers(0, 9999, (20, 20)).astype(np.uint16), **options)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(UnreadableImage, match=r"a\.tif is damaged or cut short"):
        read(path)


def test_a_strip_that_was_never_written_says_so(tmp_path):
    path = write(tmp_path / "a.tif", a_gradient())
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["StripByteCounts"].overwrite(0)

    with pytest.raises(UnreadableImage, match="damaged or cut short"):
        read(path)


def test_several_pages_tell_how_to_choose_one(tmp_path):
    with pytest.raises(UnsupportedImage, match=r"3 pages.*frame=0 to frame=2"):
        read(write(tmp_path / "a.tif", np.stack([a_gradient()] * 3), photometric="minisblack"))


def test_a_chosen_page_is_read(tmp_path):
    path = write(tmp_path / "a.tif", np.stack([a_gradient(), a_gradient()[::-1]]), photometric="minisblack")

    assert_array_equal(read(path, frame=1).pixels, a_gradient()[::-1])


def test_a_page_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="no page 1; it has 1"):
        read(write(tmp_path / "a.tif", a_gradient()), frame=1)


def test_a_thumbnail_does_not_count_as_a_page(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(a_gradient())
        file.write(a_gradient(3, 4), subfiletype=1)

    assert read(path).size == (6, 8)


def test_a_volume_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((16, 16, 16), np.uint8), volumetric=True, tile=(16, 16, 16))

    with pytest.raises(UnsupportedImage, match=r"volume|pages|stack"):
        read(path)


def test_many_channels_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.dstack([BYTE_GRADIENT] * 5), photometric="minisblack", planarconfig="contig")

    with pytest.raises(UnsupportedImage, match="5 channels"):
        read(path)


def test_printing_colours_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.dstack([BYTE_GRADIENT] * 4), photometric="separated")

    with pytest.raises(UnsupportedImage, match="no safe way to grey"):
        read(path)


@pytest.mark.parametrize(("unit", "expected"), [("mm", 0.2), ("cm", 2.0), ("um", 0.0002)])
def test_imagej_spacing_is_taken_with_its_unit(tmp_path, unit, expected):
    path = write(tmp_path / "a.tif", a_gradient(), imagej=True, resolution=(10, 5), metadata={"unit": unit})

    spacing = read(path).spacing

    assert_allclose([spacing.row_mm, spacing.column_mm], [expected, expected / 2])
    assert spacing.source == "ImageJ"


@pytest.mark.parametrize("unit", ["pixel", ""])
def test_imagej_without_a_length_gives_no_spacing(tmp_path, unit):
    path = write(tmp_path / "a.tif", a_gradient(), imagej=True, resolution=(10, 5), metadata={"unit": unit})

    assert read(path).spacing is None


@pytest.mark.parametrize(
    ("resolution", "unit", "notes"),
    [
        ((300, 300), "INCH", ("300 dpi not taken as spacing",)),
        ((100, 100), "CENTIMETER", ("254 dpi not taken as spacing",)),
        ((72, 72), "INCH", ()),
    ],
)
def test_a_resolution_for_printing_is_no_spacing(tmp_path, resolution, unit, notes):
    radiograph = read(write(tmp_path / "a.tif", a_gradient(), resolution=resolution, resolutionunit=unit))

    assert radiograph.spacing is None
    assert radiograph.applied == notes


def test_a_stack_written_as_one_block_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.stack([a_gradient()] * 3), photometric="minisblack", truncate=True)

    with pytest.raises(UnsupportedImage, match="3 pages"):
        read(path)
    with pytest.raises(UnsupportedImage, match="stack of 3 images written as one block"):
        read(path, frame=1)
