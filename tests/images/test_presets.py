"""Tests of napari_kdland.images.presets."""

import numpy as np
from numpy.testing import assert_allclose

from napari_kdland.images.presets import FULL, LUNG, MIDDLE, Preset, presets_of

RAMP = np.arange(10000, dtype=np.float32).reshape(100, 100)


def limits(presets):
    return {preset.name: (preset.low, preset.high) for preset in presets}


def test_every_image_has_its_full_range_its_middle_and_its_lungs():
    found = limits(presets_of(RAMP))

    assert list(found) == [FULL, MIDDLE, LUNG]
    assert found[FULL] == (0, 9999)
    assert_allclose(found[MIDDLE], (100, 9899), atol=1)
    assert_allclose(found[LUNG], (500, 6499), atol=1)


def test_the_full_range_knows_a_single_bright_pixel_of_a_large_image():
    values = np.zeros((1200, 1200), np.float32)
    values[601, 603] = 7.0

    assert limits(presets_of(values))[FULL] == (0, 7)


def test_presets_that_would_show_one_grey_are_left_out():
    values = np.zeros((100, 100), np.float32)
    values[0, 0] = 1

    assert list(limits(presets_of(values))) == [FULL]


def test_computed_tomography_has_the_usual_lung_window():
    assert limits(presets_of(RAMP, "HU"))[LUNG] == (-1350, 150)


def test_the_title_holds_what_the_file_says_of_it():
    assert Preset("window 40/80", 0, 80, "BRAIN").title == "window 40/80: BRAIN"
