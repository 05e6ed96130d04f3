import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pydicom.dataset import FileDataset

from napari_kdland.errors import UnreadableImage
from napari_kdland.images.dicom.frames import Stored
from napari_kdland.images.dicom.grey_scale import modality_values
from tests.images.factories import (
    a_dataset,
    a_gradient,
    a_lut,
    a_sequence,
    an_item,
)


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
