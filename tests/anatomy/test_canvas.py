import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from napari_kdland.anatomy.canvas import canvas_of, drawn_in, merged, painted
from napari_kdland.anatomy.scheme import RegionEntry, Scheme

NAMES = ("right", "left", "heart")


def a_scheme(*, overlapping: bool) -> Scheme:
    entries = tuple(RegionEntry(name=name, bit=bit) for name, bit in zip(NAMES, (1, 4, 8), strict=True))
    return Scheme(name="organs", regions=entries, regions_overlap=overlapping)


def some_bits(values: list[int]) -> np.ndarray:
    return np.array([values], dtype=np.uint16)


def test_regions_that_overlap_are_painted_one_at_a_time():
    canvas = canvas_of(some_bits([0, 1, 4, 5, 12]), a_scheme(overlapping=True), "left")

    assert canvas.tolist() == [[0, 0, 2, 2, 2]]


def test_regions_that_exclude_each_other_are_painted_together():
    canvas = canvas_of(some_bits([0, 1, 4, 8]), a_scheme(overlapping=False), "left")

    assert canvas.tolist() == [[0, 1, 2, 3]]


def test_painting_a_region_leaves_those_below_where_they_overlap():
    after = painted(some_bits([0, 1, 5]), np.array([[2, 2, 0]]), a_scheme(overlapping=True), "left")

    assert after.tolist() == [[4, 5, 1]]


def test_painting_a_region_takes_the_pixel_from_others_where_they_exclude_each_other():
    after = painted(some_bits([0, 1, 8]), np.array([[2, 2, 0]]), a_scheme(overlapping=False), "left")

    assert after.tolist() == [[4, 4, 0]]


@pytest.mark.parametrize("overlapping", [True, False])
def test_a_number_that_is_no_regions_counts_as_nothing(overlapping: bool):
    after = painted(some_bits([0, 0]), np.array([[99, -1]]), a_scheme(overlapping=overlapping), "left")

    assert after.tolist() == [[0, 0]]


@pytest.mark.parametrize("overlapping", [True, False])
def test_flags_of_regions_that_the_scheme_does_not_have_stay(overlapping: bool):
    scheme = a_scheme(overlapping=overlapping)

    after = painted(some_bits([2, 256]), canvas_of(some_bits([2, 256]), scheme, "left") + 2, scheme, "left")

    assert after.tolist() == [[6, 260]]


@given(
    arrays(np.uint16, (4, 5), elements=st.integers(0, 511)),
    st.sampled_from(NAMES),
)
def test_a_canvas_that_nobody_painted_changes_nothing_where_regions_overlap(bits: np.ndarray, region: str):
    scheme = a_scheme(overlapping=True)

    assert_array_equal(painted(bits, canvas_of(bits, scheme, region), scheme, region), bits)


@given(arrays(np.uint16, (4, 5), elements=st.sampled_from([0, 1, 4, 8])), st.sampled_from(NAMES))
def test_a_canvas_that_nobody_painted_changes_nothing_where_regions_exclude_each_other(bits: np.ndarray, region: str):
    scheme = a_scheme(overlapping=False)

    assert_array_equal(painted(bits, canvas_of(bits, scheme, region), scheme, region), bits)


def test_changes_of_both_windows_are_kept_where_regions_overlap():
    after = merged(some_bits([0, 1, 1]), some_bits([1, 0, 1]), some_bits([4, 1, 0]), overlapping=True)

    assert after.tolist() == [[5, 0, 0]]


def test_a_pixel_that_both_windows_set_is_set():
    assert merged(some_bits([0]), some_bits([1]), some_bits([1]), overlapping=True).tolist() == [[1]]


def test_my_pixel_counts_where_both_changed_it_and_regions_exclude_each_other():
    after = merged(some_bits([0, 0, 1]), some_bits([1, 0, 1]), some_bits([4, 4, 8]), overlapping=False)

    assert after.tolist() == [[1, 4, 8]]


def test_regions_with_a_pixel_are_drawn():
    assert drawn_in(some_bits([0, 9]), a_scheme(overlapping=True).regions) == ("right", "heart")
