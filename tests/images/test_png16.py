import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal

from napari_kdland.images.png16 import decode_png16
from tests.images.factories import (
    PNG_SIGNATURE,
    a_gradient,
    few_examples,
    png_bytes,
    png_of,
)

samples = array_shapes(min_dims=2, max_dims=2, max_side=7).flatmap(
    lambda size: st.integers(1, 4).flatmap(lambda n: arrays(np.uint16, (*size, n)))
)


@few_examples
@given(samples, st.data())
def test_what_was_encoded_with_any_filters_is_decoded(image, data):
    filters = data.draw(st.lists(st.integers(0, 4), min_size=len(image), max_size=len(image)))

    assert_array_equal(decode_png16(png_bytes(image, filters)), image)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda whole: whole[1:], "no PNG signature"),
        (lambda whole: whole[:-20], "end chunk|check sum"),
        (lambda whole: whole[:-12], "no end chunk"),
        (lambda whole: whole.replace(b"IDAT", b"IDOT"), "check sum"),
        (lambda whole: PNG_SIGNATURE + whole[8:33] + whole[-12:], "0 of 294 bytes"),
        (lambda _: png_bytes(np.dstack([a_gradient()] * 3), interlace=1), "interlace 1"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(make, words):
    with pytest.raises(ValueError, match=words):
        decode_png16(make(png_bytes(np.dstack([a_gradient()] * 3))))


def test_an_unknown_line_filter_is_an_error():
    with pytest.raises(ValueError, match="unknown line filter 9"):
        decode_png16(png_of((1, 3), 2, bytes([9]) + bytes(18)))
