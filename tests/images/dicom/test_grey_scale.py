import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydicom.dataset import FileDataset

from napari_kdland.errors import UnreadableImage
from napari_kdland.images.dicom.frames import Stored
from napari_kdland.images.dicom.grey_scale import modality_values, shown_values
from tests.images.factories import (
    a_dataset,
    a_gradient,
    a_lut,
    a_sequence,
    an_item,
    few_examples,
)

VALUES = np.array([[-100, 0, 40, 90, 1000]], dtype=np.float32)
OWN_RANGE = (-100.0, 1000.0)


def a_file(**elements):
    dataset = FileDataset("a.dcm", a_dataset(a_gradient(), **elements))
    dataset.set_original_encoding(False, True, "utf-8")
    return dataset


def some_stored(bits=12, *, is_signed=False):
    return Stored(np.array([[0, 5, 9]], dtype=np.int16), bits, is_signed)


def test_without_rescale_the_stored_values_are_the_modality_values():
    modality = modality_values("a.dcm", some_stored(), a_file())

    assert_array_equal(modality.values, [[0, 5, 9]])
    assert modality.values.dtype == np.float32
    assert modality.reach == (0, 4095)
    assert modality.notes == ()


def test_slope_and_intercept_are_applied_and_named():
    modality = modality_values("a.dcm", some_stored(), a_file(RescaleSlope=0.5, RescaleIntercept=-3))

    assert_allclose(modality.values, [[-3, -0.5, 1.5]])
    assert modality.reach == (-3, 4095 * 0.5 - 3)
    assert modality.notes == ("rescaled by 0.5 x -3",)


def test_a_negative_slope_turns_the_reach_around():
    modality = modality_values("a.dcm", some_stored(8), a_file(RescaleSlope=-1, RescaleIntercept=255))

    assert modality.reach == (0, 255)
    assert_allclose(modality.values, [[255, 250, 246]])


def test_signed_pixels_reach_below_zero():
    assert modality_values("a.dcm", some_stored(12, is_signed=True), a_file()).reach == (-2048, 2047)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [({"RescaleSlope": 2}, 10), ({"RescaleIntercept": 7}, 12), ({"RescaleSlope": 0, "RescaleIntercept": 1}, 6)],
)
def test_half_a_rescale_is_completed(elements, expected):
    assert modality_values("a.dcm", some_stored(), a_file(**elements)).values[0, 1] == expected


def test_a_modality_table_beats_the_rescale():
    dataset = a_file(ModalityLUTSequence=a_sequence(a_lut([7, 100, 3], first=4)), RescaleSlope=2, RescaleIntercept=1)

    modality = modality_values("a.dcm", some_stored(), dataset)

    assert_array_equal(modality.values, [[7, 100, 3]])
    assert modality.reach == (3, 100)
    assert modality.notes == ("modality LUT",)


def test_a_modality_table_that_cannot_be_read_is_an_error():
    with pytest.raises(UnreadableImage, match="Modality LUT"):
        modality_values("a.dcm", some_stored(), a_file(ModalityLUTSequence=a_sequence(an_item(LUTDescriptor=[1]))))


def test_an_enhanced_file_rescales_each_frame():
    groups = [an_item(PixelValueTransformationSequence=a_sequence(an_item(RescaleSlope=s))) for s in (2, 3)]

    modality = modality_values("a.dcm", some_stored(), a_file(PerFrameFunctionalGroupsSequence=a_sequence(*groups)), 1)

    assert modality.values[0, 1] == 15


def test_without_window_the_own_range_is_shown():
    shown, notes = shown_values(VALUES, OWN_RANGE, a_file())

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

    shown, notes = shown_values(VALUES, OWN_RANGE, dataset)

    if notes[-1] != "full range shown":
        expected = [[by_hand(x, round(centre, 2), round(width, 2)) for x in VALUES[0]]]
        assert_allclose(shown, expected, atol=2e-4)


def test_an_exact_window_has_its_full_width():
    dataset = a_file(WindowCenter=50, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")

    shown, notes = shown_values(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, [[0, 0, 0.4, 0.9, 1]], atol=1e-6)
    assert notes == ("window 50/100 LINEAR_EXACT",)


def test_a_sigmoid_window_is_the_standards():
    dataset = a_file(WindowCenter=50, WindowWidth=100, VOILUTFunction="SIGMOID")

    shown, _ = shown_values(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, 1 / (1 + np.exp(-4 * (VALUES.astype(float) - 50) / 100)), atol=1e-6)


def test_the_first_of_several_windows_is_taken():
    _, notes = shown_values(VALUES, OWN_RANGE, a_file(WindowCenter=[40, 300], WindowWidth=[80, 1500]))

    assert notes == ("window 40/80",)


@pytest.mark.parametrize(("centre", "width"), [(0, 0), (0, -10), (9000, 10), (-9000, 10), (0, 0.5)])
def test_a_window_that_shows_nothing_is_passed_over_and_named(centre, width):
    shown, notes = shown_values(VALUES, OWN_RANGE, a_file(WindowCenter=centre, WindowWidth=width))

    assert (shown.min(), shown.max()) == (0, 1)
    assert notes == (f"window {centre:g}/{width:g} unusable", "full range shown")


def test_a_window_of_one_is_a_step():
    shown, _ = shown_values(VALUES, OWN_RANGE, a_file(WindowCenter=40, WindowWidth=1))

    assert_array_equal(shown, [[0, 0, 1, 1, 1]])


def test_a_voi_table_beats_the_window():
    dataset = a_file(VOILUTSequence=a_sequence(a_lut([0, 10, 40], first=39)), WindowCenter=1, WindowWidth=2)

    shown, notes = shown_values(VALUES, OWN_RANGE, dataset)

    assert_allclose(shown, [[0, 0, 0.25, 1, 1]])
    assert notes == ("VOI LUT",)


@pytest.mark.parametrize("table", [an_item(LUTDescriptor=[1]), a_lut([5, 5])])
def test_an_unusable_voi_table_leaves_the_word_to_the_window(table):
    dataset = a_file(VOILUTSequence=a_sequence(table), WindowCenter=0, WindowWidth=50)

    _, notes = shown_values(VALUES, OWN_RANGE, dataset)

    assert notes == ("VOI LUT unusable", "window 0/50")


def test_an_enhanced_file_has_a_window_for_each_frame():
    groups = [
        an_item(FrameVOILUTSequence=a_sequence(an_item(WindowCenter=centre, WindowWidth=90))) for centre in (1, 2)
    ]

    _, notes = shown_values(VALUES, OWN_RANGE, a_file(PerFrameFunctionalGroupsSequence=a_sequence(*groups)), 1)

    assert notes == ("window 2/90",)


def test_windowing_leaves_the_modality_values_alone():
    values = VALUES.copy()

    shown_values(values, OWN_RANGE, a_file(WindowCenter=40, WindowWidth=80))

    assert_array_equal(values, VALUES)
