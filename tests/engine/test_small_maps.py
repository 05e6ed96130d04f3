"""Heatmaps packed into text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from napari_kdland.engine.small_maps import packed, unpacked

MAPS = st.integers(1, 20).flatmap(
    lambda side: arrays.arrays(np.float32, (side, side), elements=st.floats(0, 1, width=32))
)


@given(MAPS)
def test_a_map_comes_back_to_within_half_a_step_of_eight_bits(heatmap):
    np.testing.assert_allclose(unpacked(packed(heatmap)), heatmap, atol=0.5 / 255 + 1e-6)


def test_a_heatmap_of_one_peak_takes_some_kilobytes():
    rows, columns = np.mgrid[:128, :128]
    heatmap = np.exp(-((rows - 60) ** 2 + (columns - 70) ** 2) / 50)

    assert len(packed(heatmap)) < 3000


def test_nothing_is_an_empty_map():
    assert unpacked("").shape == (0, 0)
