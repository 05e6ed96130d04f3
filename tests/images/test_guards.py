import numpy as np
import pytest

from napari_kdland.errors import UnsupportedImage
from napari_kdland.images.guards import cut_short, in_short, refuse_constant, refuse_not_finite, refuse_odd_size


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_an_image_without_pixels_is_refused(size):
    with pytest.raises(UnsupportedImage, match=r"a\.png has no pixels"):
        refuse_odd_size("a.png", *size)


def test_an_absurdly_large_image_is_refused():
    with pytest.raises(UnsupportedImage, match="65535 x 65535 pixels, more than the 80 million"):
        refuse_odd_size("a.png", 65535, 65535)


def test_the_largest_film_scan_passes():
    refuse_odd_size("film.tif", 8636, 7112)


def test_pixels_that_are_not_numbers_are_counted():
    with pytest.raises(UnsupportedImage, match="2 of 3 pixels that are not numbers"):
        refuse_not_finite("a.tif", np.array([np.nan, 1, np.inf]))


def test_a_constant_image_is_refused_with_its_value():
    with pytest.raises(UnsupportedImage, match="every pixel is 7"):
        refuse_constant("a.png", 7.0, 7.0)


def test_a_long_complaint_is_cut_and_put_on_one_line():
    message = str(cut_short("a.dcm", ValueError("x" * 500 + "\nmore")))

    assert len(message) < 300
    assert "\n" not in message


def test_a_complaint_without_words_is_named_by_its_kind():
    assert in_short(EOFError()) == "EOFError"
