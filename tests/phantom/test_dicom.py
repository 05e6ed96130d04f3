from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.testing import assert_array_equal
from pydicom.uid import DigitalXRayImageStorageForPresentation, JPEG2000Lossless

from napari_kdland.images import read
from napari_kdland.phantom import write_dicom
from tests.phantom.factories import a_phantom


def written(folder: Path, seed: int = 1, study: str = "1") -> Path:
    path = folder / f"{seed}-{study}.dcm"
    write_dicom(a_phantom(seed), path, patient_id=f"P{seed}", study=study)
    return path


def seed_with(*, is_monochrome1: bool) -> int:
    return next(seed for seed in range(60) if a_phantom(seed, (64, 64)).is_monochrome1 == is_monochrome1)


@pytest.mark.parametrize("is_monochrome1", [True, False])
def test_a_file_is_read_back_bone_bright_to_the_last_bit(tmp_path, is_monochrome1):
    phantom = a_phantom(seed_with(is_monochrome1=is_monochrome1), (64, 64))
    write_dicom(phantom, tmp_path / "x.dcm", patient_id="P", study="1")

    radiograph = read(tmp_path / "x.dcm")

    assert_array_equal(radiograph.pixels, phantom.standard)
    assert pydicom.dcmread(tmp_path / "x.dcm").PhotometricInterpretation == (
        "MONOCHROME1" if is_monochrome1 else "MONOCHROME2"
    )


def test_a_file_is_a_compressed_digital_x_ray_for_presentation(tmp_path):
    dataset = pydicom.dcmread(written(tmp_path))

    assert dataset.SOPClassUID == DigitalXRayImageStorageForPresentation
    assert dataset.file_meta.TransferSyntaxUID == JPEG2000Lossless
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.LossyImageCompression) == (16, 12, "00")


def test_a_file_says_that_it_is_synthetic(tmp_path):
    dataset = pydicom.dcmread(written(tmp_path))

    assert dataset.PatientName == "PHANTOM^SYNTHETIC"
    assert (dataset.PatientIdentityRemoved, dataset.QualityControlSubject) == ("YES", "YES")
    assert dataset.BurnedInAnnotation == "NO"


def test_a_reader_learns_spacing_view_and_patient(tmp_path):
    radiograph, phantom = read(written(tmp_path)), a_phantom()

    assert radiograph.spacing is not None
    assert radiograph.spacing.source == "ImagerPixelSpacing"
    assert radiograph.spacing.row_mm == pytest.approx(phantom.spacing_mm, abs=1e-4)
    assert radiograph.view.is_frontal
    assert "P1" in radiograph.patient


def test_the_default_window_holds_lung_and_mediastinum(tmp_path):
    radiograph, phantom = read(written(tmp_path)), a_phantom()

    greys = [np.median(radiograph.shown[phantom.masks[name]]) for name in ("right_lung", "cardiomediastinum")]

    assert 0.05 < greys[0] < greys[1] < 0.98


def test_writing_again_gives_the_same_bytes(tmp_path):
    first = written(tmp_path).read_bytes()

    assert written(tmp_path).read_bytes() == first


def test_two_studies_of_one_patient_share_no_uid(tmp_path):
    first, second = (pydicom.dcmread(written(tmp_path, study=study)) for study in ("1", "2"))

    for name in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        assert getattr(first, name) != getattr(second, name)
    assert first.PatientID == second.PatientID


def test_every_value_is_valid(tmp_path):
    path = written(tmp_path)

    with pydicom.config.disable_value_validation():
        dataset = pydicom.dcmread(path)
    pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
    try:
        for element in pydicom.dcmread(path).iterall():
            assert element.value is not None or element.tag
    finally:
        pydicom.config.settings.reading_validation_mode = pydicom.config.WARN
    assert len(dataset) > 50
