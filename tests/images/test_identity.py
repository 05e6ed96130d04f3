import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_kdland.images.identity import content_hash
from tests.images.factories import few_examples

bytes_images = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=5))


@few_examples
@given(bytes_images, st.sampled_from([">u2", "<u2", "<i2", "<u4", ">i4", "<i8"]))
def test_the_type_in_which_whole_numbers_are_stored_does_not_count(image, dtype):
    assert content_hash(image.astype(dtype)) == content_hash(image)


@few_examples
@given(bytes_images, st.data())
def test_one_changed_pixel_changes_the_hash(image, data):
    y, x = (data.draw(st.integers(0, side - 1)) for side in image.shape)
    changed = image.copy()
    changed[y, x] ^= 1

    assert content_hash(changed) != content_hash(image)


def test_the_size_counts():
    image = np.arange(6, dtype=np.uint8)

    assert content_hash(image.reshape(2, 3)) != content_hash(image.reshape(3, 2))


@pytest.mark.parametrize("dtype", ["<i2", "<i4", "<f4", "<f8"])
def test_negative_and_broken_values_have_a_hash(dtype):
    assert len(content_hash(np.array([[-300, 2.5]]).astype(dtype))) == 64


def test_a_turned_array_is_hashed_as_it_is_seen():
    image = np.arange(6, dtype=np.uint16).reshape(2, 3)

    assert content_hash(image.T) == content_hash(np.ascontiguousarray(image.T))


def test_the_hash_is_the_one_that_the_docstring_promises():
    expected = hashlib.sha256(b"1 x 2 |u1;\x01\x02").hexdigest()

    assert content_hash(np.array([[1, 2]], dtype=np.uint16)) == expected
