import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from napari_kdland.anatomy import Placement
from napari_kdland.errors import UnsupportedImage
from napari_kdland.images import normalised, resized, to_input
from napari_kdland.images.plain import plain_radiograph
from tests.images.factories import (
    a_gradient,
    few_examples,
)


def a_noise(height=40, width=30, seed=0):
    return np.random.default_rng(seed).normal(500, 90, (height, width)).astype(np.float32)


def a_blob(size, centre, sigma):
    y, x = np.indices(size)
    return np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * sigma**2)).astype(np.float32)


def centre_of_mass(image):
    y, x = np.indices(image.shape)
    return np.array([(image * y).sum(), (image * x).sum()]) / image.sum()


@few_examples
@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_gain_and_offset_do_not_change_the_normalised_image(gain, offset):
    pixels = a_noise()

    assert_allclose(normalised(pixels * np.float32(gain) + np.float32(offset)), normalised(pixels), atol=2e-3)


def test_normalised_values_lie_between_zero_and_one():
    result = normalised(a_noise())

    assert (result.min(), result.max()) == (0, 1)
    assert result.dtype == np.float32


def test_a_few_wild_pixels_do_not_darken_the_rest():
    pixels = a_noise()
    wild = pixels.copy()
    wild[0, :3] = 60000

    assert_allclose(normalised(wild)[1:], normalised(pixels)[1:], atol=0.05)


def test_normalising_leaves_its_input_alone():
    pixels = a_noise()
    before = pixels.copy()

    normalised(pixels)

    assert_array_equal(pixels, before)


def test_an_image_that_is_nearly_all_one_value_uses_its_full_range():
    pixels = np.zeros((50, 50), dtype=np.float32)
    pixels[7, 9] = 4

    assert_array_equal(normalised(pixels), pixels / 4)


def test_a_constant_image_is_refused():
    with pytest.raises(UnsupportedImage, match="every pixel is 3"):
        normalised(np.full((4, 4), 3, dtype=np.float32))


@few_examples
@given(
    size=st.tuples(st.integers(60, 400), st.integers(60, 400)),
    where=st.tuples(st.floats(0.35, 0.65), st.floats(0.35, 0.65)),
    side=st.sampled_from([64, 96, 256]),
)
def test_a_blob_lands_where_the_placement_says(size, where, side):
    placement = Placement.letterbox(size, (side, side))
    centre = np.array(where) * size
    sigma = max(2.0, 2 / placement.scale, min(size) / 40)
    blob = a_blob(size, centre, min(sigma, min(size) / 16))

    moved = centre_of_mass(resized(blob, placement).astype(np.float64))

    assert_allclose(moved, placement.to_input(centre_of_mass(blob.astype(np.float64))), atol=0.05)


@pytest.mark.parametrize("side", [32, 64, 100, 200])
def test_resampling_of_a_square_agrees_with_pillow(side):
    pixels = a_noise(100, 100)

    ours = resized(pixels, Placement.letterbox((100, 100), (side, side)))

    theirs = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR)
    assert_allclose(ours, np.asarray(theirs), rtol=1e-4)


def test_an_image_of_the_input_size_comes_out_unchanged():
    pixels = a_noise(32, 32)

    assert_allclose(resized(pixels, Placement.letterbox((32, 32), (32, 32))), pixels, rtol=1e-6)


@few_examples
@given(st.tuples(st.integers(20, 200), st.integers(20, 200)), st.sampled_from([32, 64]))
def test_a_constant_stays_constant_inside_and_zero_beside(size, side):
    placement = Placement.letterbox(size, (side, side))

    result = resized(np.full(size, 0.7, np.float32), placement)

    top, left = placement.offset
    inside_y, inside_x = np.arange(side) + 0.5 >= top, np.arange(side) + 0.5 >= left
    inside = np.outer(inside_y & inside_y[::-1], inside_x & inside_x[::-1])
    assert_allclose(result, np.where(inside, 0.7, 0), rtol=1e-5, atol=1e-7)


def test_fine_stripes_do_not_alias():
    pixels = np.tile(np.array([0, 1], np.float32), (128, 64))

    result = resized(pixels, Placement.letterbox((128, 128), (30, 30)))

    assert_allclose(result[:, 1:-1], 0.5, atol=0.03)


def test_an_image_of_another_size_than_its_placement_is_an_error():
    with pytest.raises(ValueError, match=r"\(4, 5\).*\(5, 4\)"):
        resized(np.zeros((4, 5), np.float32), Placement.letterbox((5, 4), (8, 8)))


def test_the_networks_input_is_letterboxed_sixteen_bit():
    radiograph = plain_radiograph("a.png", a_gradient(40, 80), bits=16)

    image, placement = to_input(radiograph, 32)

    assert image.shape == (32, 32)
    assert image.dtype == np.uint16
    assert image.max() > 60000
    assert not image[:8].any()
    assert placement == Placement.letterbox((40, 80), (32, 32))
