import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.errors import UnsupportedImage
from napari_kdland.images.plain import full_range, plain_radiograph
from tests.images.factories import a_gradient


def test_stored_values_become_pixels_and_their_range_is_shown():
    radiograph = plain_radiograph("a.png", a_gradient(), bits=16)

    assert_array_equal(radiograph.pixels, a_gradient())
    assert radiograph.pixels.dtype == radiograph.shown.dtype == np.float32
    assert (radiograph.shown.min(), radiograph.shown.max()) == (0, 1)


def test_white_is_zero_turns_the_image_over_once():
    stored = a_gradient(top=200, dtype=np.uint8)

    radiograph = plain_radiograph("a.tif", stored, bits=8, is_white_zero=True)

    assert_array_equal(radiograph.pixels, 255 - stored)
    assert radiograph.applied == ("WhiteIsZero inverted",)
    assert_allclose(radiograph.shown[0, 0], 1)


def test_white_is_zero_keeps_the_range_of_floating_point():
    stored = np.array([[-1.0, 0.5]])

    radiograph = plain_radiograph("a.tif", stored, bits=64, is_white_zero=True)

    assert_array_equal(radiograph.pixels, [[0.5, -1]])


def test_a_turned_over_image_has_the_hash_of_what_is_stored():
    upright, turned = (plain_radiograph("a.tif", a_gradient(), bits=16, is_white_zero=white) for white in (False, True))

    assert upright.content_hash == turned.content_hash


@pytest.mark.parametrize(
    ("stored", "bits", "words"),
    [
        (np.zeros((0, 4), np.uint8), 8, "no pixels"),
        (np.full((3, 3), 9, np.uint8), 8, "every pixel is 9"),
        (np.array([[0.0, np.nan]]), 64, "1 of 2 pixels"),
        (np.array([[0.0, 1e300]]), 64, "1 of 2 pixels"),
        (np.array([[0, 1]], np.uint8), 1, "mask"),
        (np.array([[True, False]]), 8, "mask"),
        (np.array([[1j, 0]]), 64, "not a radiograph"),
    ],
)
def test_what_is_no_radiograph_is_refused(stored, bits, words):
    with pytest.raises(UnsupportedImage, match=rf"a\.tif .*{words}"):
        plain_radiograph("a.tif", stored, bits=bits)


def test_the_full_range_runs_from_zero_to_one():
    assert_allclose(full_range(np.array([[2, 4, 6]], np.float32), 2, 6), [[0, 0.5, 1]])
