import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images import read
from tests.images.factories import (
    a_gradient,
    few_examples,
    jpeg_bytes,
    png_bytes,
)

BYTE_GRADIENT = a_gradient(6, 8, 250, np.uint8)


def write(path, image, **options):
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, **options)
    return path


@few_examples
@given(
    st.sampled_from([np.uint8, np.uint16]).flatmap(
        lambda dtype: arrays(dtype, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), unique=True)
    )
)
def test_grey_png_comes_back_as_stored(tmp_path_factory, stored):
    path = write(tmp_path_factory.getbasetemp() / "grey.png", stored)

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, stored)
    assert radiograph.bits == stored.dtype.itemsize * 8
    assert radiograph.applied == ()


@pytest.mark.parametrize("n_channels", [2, 3, 4])
def test_sixteen_bits_a_channel_are_kept(tmp_path, n_channels):
    path = tmp_path / "a.png"
    path.write_bytes(png_bytes(np.dstack([a_gradient()] * n_channels)))

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, a_gradient())
    assert radiograph.bits == 16


@pytest.mark.parametrize(("mode", "note"), [("RGB", "grey stored as RGB"), ("LA", "alpha channel left out")])
def test_grey_in_several_channels_is_taken_and_said(tmp_path, mode, note):
    path = write(tmp_path / "a.png", Image.fromarray(BYTE_GRADIENT).convert(mode))

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, BYTE_GRADIENT)
    assert radiograph.applied == (note,)


def test_colours_are_converted_and_said(tmp_path):
    colours = np.dstack([BYTE_GRADIENT, BYTE_GRADIENT[::-1], BYTE_GRADIENT])

    radiograph = read(write(tmp_path / "a.png", colours))

    assert_allclose(radiograph.pixels, colours @ [0.299, 0.587, 0.114], atol=0.51)
    assert radiograph.applied == ("RGB colours converted to grey",)


def test_a_grey_picture_has_one_identity_in_every_wrapping(tmp_path):
    grey = write(tmp_path / "a.png", BYTE_GRADIENT)
    rgb = write(tmp_path / "b.png", np.dstack([BYTE_GRADIENT] * 3))
    wide = write(tmp_path / "c.png", BYTE_GRADIENT.astype(np.uint16))

    assert len({read(path).content_hash for path in (grey, rgb, wide)}) == 1


@pytest.mark.parametrize("transparency", [None, 3, bytes(range(256))])
def test_a_palette_is_looked_up(tmp_path, transparency):
    image = Image.fromarray(BYTE_GRADIENT).convert("P")
    image.putpalette([255 - value for value in range(256) for _ in range(3)])
    path = write(tmp_path / "a.png", image, **({} if transparency is None else {"transparency": transparency}))

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, 255 - BYTE_GRADIENT)
    assert radiograph.applied == ("grey stored as palette",)


def test_a_coloured_palette_is_converted_and_said(tmp_path):
    image = Image.fromarray(BYTE_GRADIENT).convert("P")
    image.putpalette([value for index in range(256) for value in (index, 0, 255 - index)])

    assert "palette colours converted to grey" in read(write(tmp_path / "a.png", image)).applied


def test_a_jpeg_is_read_by_its_luma(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes(np.dstack([BYTE_GRADIENT] * 3)))

    radiograph = read(path)

    assert_allclose(radiograph.pixels, BYTE_GRADIENT, atol=3)
    assert radiograph.bits == 8


def test_exif_orientation_is_named_and_not_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(BYTE_GRADIENT, exif=exif))

    radiograph = read(tmp_path / "a.jpg")

    assert radiograph.size == BYTE_GRADIENT.shape
    assert radiograph.applied == ("EXIF orientation 6 not applied",)


@pytest.mark.parametrize(("dpi", "notes"), [(300, ("300 dpi not taken as spacing",)), (72, ()), (96, ())])
def test_a_resolution_for_printing_is_no_spacing(tmp_path, dpi, notes):
    radiograph = read(write(tmp_path / "a.png", BYTE_GRADIENT, dpi=(dpi, dpi)))

    assert radiograph.spacing is None
    assert radiograph.applied == notes


def test_four_bit_grey_is_spread_over_eight(tmp_path):
    path = write(tmp_path / "a.png", Image.fromarray(BYTE_GRADIENT // 16 * 17), bits=4)

    assert read(path).pixels.max() == 255


@pytest.mark.parametrize("cut", [60, 200, -30])
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_truncated_file_says_so(tmp_path, ending, cut):
    buffer = BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    Image.fromarray(noise).save(buffer, {"png": "PNG", "jpg": "JPEG"}[ending])
    (tmp_path / f"a.{ending}").write_bytes(buffer.getvalue()[:cut])

    with pytest.raises(UnreadableImage, match=rf"a\.{ending} is (damaged or cut short|not a PNG or JPEG)"):
        read(tmp_path / f"a.{ending}")


def test_a_truncated_sixteen_bit_colour_file_says_so(tmp_path):
    whole = png_bytes(np.dstack([a_gradient()] * 3))
    (tmp_path / "a.png").write_bytes(whole[:-30])

    with pytest.raises(UnreadableImage, match="damaged or cut short"):
        read(tmp_path / "a.png")


def test_a_file_that_only_begins_like_a_jpeg_says_so(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff" + b"nonsense" * 20)

    with pytest.raises(UnreadableImage, match="not a PNG or JPEG"):
        read(tmp_path / "a.jpg")


def test_a_constant_picture_is_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match="every pixel is 40"):
        read(write(tmp_path / "a.png", np.full((5, 5), 40, np.uint8)))


def test_a_one_bit_mask_is_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match="mask, not a radiograph"):
        read(write(tmp_path / "a.png", Image.fromarray(BYTE_GRADIENT > 100)))


def test_printing_colours_are_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match="colour mode CMYK"):
        read(write(tmp_path / "a.jpg", Image.fromarray(np.dstack([BYTE_GRADIENT] * 4), mode="CMYK")))


@pytest.mark.parametrize("side", [9500, 60000])
def test_a_decompression_bomb_is_refused_unopened(tmp_path, side):
    whole = bytearray(png_bytes(a_gradient()[..., None]))
    whole[16:24] = side.to_bytes(4, "big") * 2
    whole[29:33] = zlib.crc32(bytes(whole[12:29])).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(bytes(whole))

    with pytest.raises(UnsupportedImage, match=r"80 million|far too large"):
        read(tmp_path / "a.png")


def an_animation(path):
    frames = [Image.fromarray(BYTE_GRADIENT), Image.fromarray(BYTE_GRADIENT[::-1].copy())]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def test_an_animation_tells_how_to_choose_a_frame(tmp_path):
    with pytest.raises(UnsupportedImage, match=r"2 frames.*frame=0 to frame=1"):
        read(an_animation(tmp_path / "a.png"))


def test_a_chosen_frame_is_read(tmp_path):
    path = an_animation(tmp_path / "a.png")

    assert_array_equal(read(path, frame=0).pixels, BYTE_GRADIENT)
    assert_array_equal(read(path, frame=1).pixels, BYTE_GRADIENT[::-1])


def test_a_frame_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="no frame 3; it has 1"):
        read(write(tmp_path / "a.png", BYTE_GRADIENT), frame=3)
