import pytest

from napari_kdland.images import Spacing
from napari_kdland.images.dicom.geometry import spacing_of
from tests.images.factories import a_sequence, an_item


def test_no_element_means_no_spacing():
    assert spacing_of(an_item(PatientID="1")) == (None, ())


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"])
def test_spacing_names_its_source_and_keeps_rows_first(keyword):
    spacing, notes = spacing_of(an_item(**{keyword: [0.2, 0.1]}))

    assert spacing == Spacing(0.2, 0.1, keyword)
    assert notes == ()


def test_pixel_spacing_beats_the_detectors():
    spacing, _ = spacing_of(an_item(PixelSpacing=[0.13, 0.13], ImagerPixelSpacing=[0.15, 0.15]))

    assert spacing == Spacing(0.13, 0.13, "PixelSpacing")


def test_pixel_spacing_that_repeats_the_detectors_is_the_detectors():
    spacing, _ = spacing_of(an_item(PixelSpacing=[0.15, 0.15], ImagerPixelSpacing=[0.15, 0.15]))

    assert spacing.source == "ImagerPixelSpacing"


def test_a_calibrated_spacing_stays_calibrated():
    dataset = an_item(
        PixelSpacing=[0.15, 0.15], ImagerPixelSpacing=[0.15, 0.15], PixelSpacingCalibrationType="FIDUCIAL"
    )

    assert spacing_of(dataset)[0].source == "PixelSpacing"


@pytest.mark.parametrize("values", [[0, 0], [0.1, 0], [-0.1, -0.1], [0.1], [0.1, 0.1, 0.1]])
def test_an_impossible_spacing_is_passed_over_and_named(values):
    spacing, notes = spacing_of(an_item(PixelSpacing=values, ImagerPixelSpacing=[0.2, 0.2]))

    assert spacing == Spacing(0.2, 0.2, "ImagerPixelSpacing")
    assert notes[0].startswith("PixelSpacing ")
    assert notes[0].endswith(" is no spacing")


def test_an_enhanced_file_keeps_spacing_in_its_functional_groups():
    measures = an_item(PixelMeasuresSequence=a_sequence(an_item(PixelSpacing=[0.3, 0.4])))

    spacing, _ = spacing_of(an_item(SharedFunctionalGroupsSequence=a_sequence(measures)))

    assert spacing == Spacing(0.3, 0.4, "PixelSpacing")


def test_each_frame_may_have_its_own_spacing():
    groups = [
        an_item(FramePixelDataPropertiesSequence=a_sequence(an_item(ImagerPixelSpacing=[mm, mm]))) for mm in (0.1, 0.2)
    ]

    spacing, _ = spacing_of(an_item(PerFrameFunctionalGroupsSequence=a_sequence(*groups)), 1)

    assert spacing == Spacing(0.2, 0.2, "ImagerPixelSpacing")
