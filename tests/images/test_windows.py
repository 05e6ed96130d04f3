"""Tests of napari_kdland.images.windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.images.windows import Window


def test_a_window_spreads_its_range_over_16_bits_and_cuts_the_rest():
    window = Window(-40, 160, "HU")

    assert_array_equal(window.applied(np.float32([-1024, -40, 60, 160, 3000])), [0, 0, 32768, 65535, 65535])
    assert str(window) == "-40 to 160 HU"


@given(low=st.floats(-2000, 2000), width=st.floats(1, 4000), share=st.floats(0, 1))
def test_values_come_back_to_half_a_step(low, width, share):
    window = Window(low, low + width)
    value = np.float32(low + share * width)

    back = window.low + window.applied(value) / 65535 * (window.high - window.low)
    # Half a step of 16 bits, and what single precision loses of the value.
    assert_allclose(back, value, atol=width / 131070 + 4e-4)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_a_window_without_a_width_is_refused(low, high):
    with pytest.raises(ValueError, match="from a lower to a higher value"):
        Window(low, high)


def test_the_window_of_tissue_leaves_out_the_background_and_the_brightest_voxels():
    values = np.concatenate([np.zeros(10_000), np.arange(1, 1001)]).astype(np.float32)
    window = Window.of_tissue(values)

    assert window.low == 0
    assert_allclose(window.high, 995, atol=1)
    assert window.source == "ours: not stated"


def test_the_window_of_tissue_reaches_below_zero_where_values_do():
    assert_allclose(Window.of_tissue(np.linspace(-10, 10, 2001, dtype=np.float32)).low, -9.9, atol=0.02)


@pytest.mark.parametrize("values", [np.zeros(5, np.float32), np.float32([-3, -3])])
def test_values_without_a_range_have_no_window(values):
    with pytest.raises(ValueError, match=r"all values are 0|from a lower to a higher"):
        Window.of_tissue(values)
