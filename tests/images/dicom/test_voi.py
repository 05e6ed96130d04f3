"""VOI LUTs and windows: the standard's formulas, the order in which they count, and the presets made of them."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydicom.dataset import FileDataset

from napari_kdland.images.dicom.voi import display_of
from tests.images.factories import a_dataset, a_gradient, a_lut, a_sequence, an_item, few_examples

VALUES = np.array([[-100, 0, 40, 90, 1000]], dtype=np.float32)
OWN_RANGE = (-100.0, 1000.0)


def a_file(**elements):
    dataset = FileDataset("a.dcm", a_dataset(a_gradient(), **elements))
    dataset.set_original_encoding(False, True, "utf-8")
    return dataset


def through(preset, pixels):
    """Give what a viewer shows: 0..1 between the limits of a preset."""
    greys = pixels if preset.curve is None else preset.curve(pixels)
    return ((greys - preset.low) / (preset.high - preset.low)).clip(0, 1)


def test_without_window_the_own_range_is_shown():
    shown, _, notes = display_of(VALUES, OWN_RANGE, a_file())

    assert_allclose(shown, (VALUES + 100) / 1100)
    assert notes == ("full range shown",)


def by_hand(x, centre, width):
    """PS3.3 C.11.2.1.2.1, as pseudo-code has it there, for an output of 0..1."""
    if x <= centre - 0.5 - (width - 1) / 2:
        return 0.0
    if x > centre - 0.5 + (width - 1) / 2:
        return 1.0
    return (x - (centre - 0.5)) / (width - 1) + 0.5


@few_examples
@given(st.floats(-200, 1200), st.floats(2, 3000))
def test_a_linear_window_is_the_standards(centre, width):
    dataset = a_file(WindowCenter=round(centre, 2), WindowWidth=round(width, 2))

    shown, _, notes = display_of(VALUES, OWN_RANGE, dataset)

    if notes[-1] != "full range shown":
        expected = [[by_hand(x, round(centre, 2), round(width, 2)) for x in VALUES[0]]]
        assert_allclose(shown, expected, atol=2e-4)


def test_an_exact_window_has_its_full_width():
    dataset = a_file(WindowCenter=50, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")

    shown, _, notes = display_of(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, [[0, 0, 0.4, 0.9, 1]], atol=1e-6)
    assert notes == ("window 50/100 LINEAR_EXACT",)


def test_a_sigmoid_window_is_the_standards():
    dataset = a_file(WindowCenter=50, WindowWidth=100, VOILUTFunction="SIGMOID")

    shown, _, _ = display_of(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, 1 / (1 + np.exp(-4 * (VALUES.astype(float) - 50) / 100)), atol=1e-6)


def test_the_first_of_several_windows_is_taken():
    _, _, notes = display_of(VALUES, OWN_RANGE, a_file(WindowCenter=[40, 300], WindowWidth=[80, 1500]))

    assert notes == ("window 40/80",)


@pytest.mark.parametrize(("centre", "width"), [(0, 0), (0, -10), (9000, 10), (-9000, 10), (0, 0.5)])
def test_a_window_that_shows_nothing_is_passed_over_and_named(centre, width):
    shown, _, notes = display_of(VALUES, OWN_RANGE, a_file(WindowCenter=centre, WindowWidth=width))

    assert (shown.min(), shown.max()) == (0, 1)
    assert notes == (f"window {centre:g}/{width:g} unusable", "full range shown")


def test_a_window_of_one_is_a_step():
    shown, _, _ = display_of(VALUES, OWN_RANGE, a_file(WindowCenter=40, WindowWidth=1))

    assert_array_equal(shown, [[0, 0, 1, 1, 1]])


def test_a_voi_table_beats_the_window():
    dataset = a_file(VOILUTSequence=a_sequence(a_lut([0, 10, 40], first=39)), WindowCenter=1, WindowWidth=2)

    shown, _, notes = display_of(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, [[0, 0, 0.25, 1, 1]])
    assert notes == ("VOI LUT",)


@pytest.mark.parametrize("table", [an_item(LUTDescriptor=[1]), a_lut([5, 5])])
def test_an_unusable_voi_table_leaves_the_word_to_the_window(table):
    dataset = a_file(VOILUTSequence=a_sequence(table), WindowCenter=0, WindowWidth=50)

    _, _, notes = display_of(VALUES, OWN_RANGE, dataset)

    assert notes == ("VOI LUT unusable", "window 0/50")


def test_an_enhanced_file_has_a_window_for_each_frame():
    groups = [
        an_item(FrameVOILUTSequence=a_sequence(an_item(WindowCenter=centre, WindowWidth=90))) for centre in (1, 2)
    ]

    _, _, notes = display_of(VALUES, OWN_RANGE, a_file(PerFrameFunctionalGroupsSequence=a_sequence(*groups)), 1)

    assert notes == ("window 2/90",)


def test_windowing_leaves_the_modality_values_alone():
    values = VALUES.copy()

    display_of(values, OWN_RANGE, a_file(WindowCenter=40, WindowWidth=80))

    assert_array_equal(values, VALUES)


def test_every_window_is_offered_with_the_files_explanation():
    dataset = a_file(WindowCenter=[40, 300], WindowWidth=[80, 1500], WindowCenterWidthExplanation=["SOFT", "BONE"])

    presets = display_of(VALUES, OWN_RANGE, dataset).presets

    assert [preset.title for preset in presets] == ["window 40/80: SOFT", "window 300/1500: BONE"]


def test_every_table_is_offered_before_the_windows():
    tables = a_sequence(a_lut([0, 9]), a_lut([3, 7]))
    tables[0].LUTExplanation, tables[1].LUTExplanation = "HARD", "SOFT"

    presets = display_of(VALUES, OWN_RANGE, a_file(VOILUTSequence=tables, WindowCenter=40, WindowWidth=80)).presets

    assert [preset.title for preset in presets] == ["VOI LUT: HARD", "VOI LUT: SOFT", "window 40/80"]


def test_a_window_that_stands_twice_is_offered_once():
    presets = display_of(VALUES, OWN_RANGE, a_file(WindowCenter=[40, 40], WindowWidth=[80, 80])).presets

    assert len(presets) == 1


WAYS = [
    {"WindowCenter": 40, "WindowWidth": 80},
    {"WindowCenter": 40, "WindowWidth": 1},
    {"WindowCenter": 50, "WindowWidth": 100, "VOILUTFunction": "LINEAR_EXACT"},
    {"WindowCenter": 50, "WindowWidth": 100, "VOILUTFunction": "SIGMOID"},
    {"VOILUTSequence": a_sequence(a_lut([0, 10, 40], first=39))},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_preset_shows_what_the_file_asks_for(way):
    shown, presets, _ = display_of(VALUES, OWN_RANGE, a_file(**way))

    assert_allclose(through(presets[0], VALUES), shown, atol=1e-5)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_preset_shows_an_image_that_was_turned_over_the_other_way_round(way):
    shown, presets, _ = display_of(VALUES, OWN_RANGE, a_file(**way), turn=4095.0)

    assert_allclose(through(presets[0], 4095 - VALUES), 1 - shown, atol=1e-5)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_preset_goes_through_a_pipe(way):
    preset = display_of(VALUES, OWN_RANGE, a_file(**way), turn=4095.0).presets[0]

    back = pickle.loads(pickle.dumps(preset))

    assert_array_equal(through(back, VALUES), through(preset, VALUES))
