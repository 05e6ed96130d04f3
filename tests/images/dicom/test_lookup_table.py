import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pydicom.dataset import FileDataset

from napari_kdland.images.dicom.lookup_table import LookupTable, lookup_table
from tests.images.factories import (
    a_dataset,
    a_gradient,
    a_lut,
    an_item,
    few_examples,
)


def a_file(*, is_signed=False, is_little=True):
    dataset = FileDataset("a.dcm", a_dataset(a_gradient(), PixelRepresentation=int(is_signed)))
    dataset.set_original_encoding(False, is_little, "utf-8")
    return dataset


@few_examples
@given(st.lists(st.integers(0, 65535), min_size=1, max_size=9), st.integers(-20, 20), st.integers(-40, 40))
def test_inputs_beyond_the_ends_take_the_ends(entries, first, wanted):
    table = LookupTable(first, np.array(entries, np.float32))

    found = table(np.array([[wanted]], np.int16))

    assert found == entries[min(max(wanted - first, 0), len(entries) - 1)]


def test_fractions_are_cut_down():
    table = LookupTable(-1, np.array([10, 20, 30], np.float32))

    assert_array_equal(table(np.array([-0.5, 0.0, 0.9, 1.2], np.float32)), [10, 20, 20, 30])


def test_a_table_written_as_numbers():
    table = lookup_table(a_file(), a_lut([5, 6, 7], first=100, bits=12))

    assert table.first == 100
    assert_array_equal(table.values, [5, 6, 7])


@pytest.mark.parametrize("is_little", [True, False])
def test_a_table_written_as_words_follows_the_byte_order(is_little):
    item = a_lut([1, 2], bits=16)
    item.add_new("LUTData", "OW", np.array([258, 772], "<u2" if is_little else ">u2").tobytes())

    assert_array_equal(lookup_table(a_file(is_little=is_little), item).values, [258, 772])


def test_a_table_of_bytes_has_one_entry_a_byte():
    item = a_lut([1, 2, 3, 4], bits=8)
    item.add_new("LUTData", "OW", bytes([9, 8, 7, 6]))

    assert_array_equal(lookup_table(a_file(), item).values, [9, 8, 7, 6])


def test_eight_bit_entries_in_words_are_words():
    assert_array_equal(lookup_table(a_file(), a_lut([9, 8, 7], bits=8)).values, [9, 8, 7])


def test_an_entry_count_of_zero_means_65536():
    table = lookup_table(a_file(), a_lut(list(range(65536))))

    assert len(table.values) == 65536
    assert table.values[-1] == 65535


@pytest.mark.parametrize(("is_signed", "first"), [(True, -2), (False, 65534)])
def test_the_first_input_has_the_sign_of_the_pixels(is_signed, first):
    assert lookup_table(a_file(is_signed=is_signed), a_lut([1, 2], first=65534)).first == first


def test_a_single_entry_is_a_table():
    assert_array_equal(lookup_table(a_file(), a_lut([7])).values, [7])


@pytest.mark.parametrize("item", [an_item(PatientID="x"), an_item(LUTDescriptor=[2, 0, 16])])
def test_half_a_table_is_none(item):
    assert lookup_table(a_file(), item) is None


def test_an_empty_table_is_none():
    item = a_lut([1, 2])
    item.add_new("LUTData", "OW", b"")

    assert lookup_table(a_file(), item) is None
