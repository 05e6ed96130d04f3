"""Write a phantom as a DICOM file: Digital X-Ray Image Storage - For Presentation, JPEG 2000 lossless."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, JPEG2000Lossless

from napari_kdland.phantom.physics import FULL_SCALE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.phantom.phantom import Phantom

# Nothing in a file may depend on when or where it was made.
_DATE, _TIME = "20200101", "120000"
_NAMESPACE = uuid.UUID("6b1d3c0e-52a4-5f0c-9d7e-3f6a6c1b8e42")


def write_dicom(phantom: Phantom, path: Path, *, patient_id: str, study: str) -> None:
    """Write the standard radiograph of a phantom.

    Parameters
    ----------
    phantom
        What to write.
    path
        The file; overwritten where it exists.
    patient_id
        Equal for all images of one patient.
    study
        Names the examination; all UIDs are derived from it and `patient_id`.
    """
    dataset = Dataset()
    _identify(dataset, phantom, patient_id, study)
    _describe_acquisition(dataset, phantom)
    _add_pixels(dataset, phantom)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = _uid("implementation")
    dataset.file_meta.ImplementationVersionName = "KDLAND_PHANTOM"
    dataset.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)


def _uid(*names: str) -> UID:
    # DICOM PS3.5 B.2: a UUID as a decimal number under the root 2.25.
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(names)).int}")


def _identify(dataset: Dataset, phantom: Phantom, patient_id: str, study: str) -> None:
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = _uid(patient_id, study, "image")
    dataset.StudyInstanceUID = _uid(patient_id, study)
    dataset.SeriesInstanceUID = _uid(patient_id, study, "series")
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = _DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = _TIME
    dataset.AccessionNumber = dataset.ReferringPhysicianName = dataset.StudyID = ""
    dataset.Modality, dataset.PresentationIntentType = "DX", "FOR PRESENTATION"
    dataset.Manufacturer, dataset.ManufacturerModelName = "napari-kdland", "phantom"
    dataset.InstitutionName = "SYNTHETIC"
    dataset.StudyDescription = "Synthetic chest radiograph"
    dataset.ImageComments = f"Synthetic, no patient: {phantom.description}"
    dataset.PatientName, dataset.PatientID = "PHANTOM^SYNTHETIC", patient_id
    dataset.PatientBirthDate, dataset.PatientSex = "", "F" if phantom.patient.is_female else "M"
    dataset.PatientAge = f"{phantom.patient.age:03d}Y"
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "Synthetic image, no patient"
    dataset.QualityControlSubject = dataset.QualityControlImage = "YES"
    dataset.SeriesNumber = dataset.InstanceNumber = 1


def _describe_acquisition(dataset: Dataset, phantom: Phantom) -> None:
    positioning = phantom.positioning
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = "AP" if positioning.is_ap else "PA"
    dataset.PatientOrientation = ["L", "F"]
    dataset.ImageLaterality = "U"
    dataset.AnatomicRegionSequence = [_code("51185008", "SCT", "Chest")]
    view = ("399348003", "antero-posterior") if positioning.is_ap else ("272479007", "postero-anterior")
    dataset.ViewCodeSequence = [_code(view[0], "SCT", view[1])]
    dataset.ViewCodeSequence[0].ViewModifierCodeSequence = []
    dataset.PatientOrientationCodeSequence = [
        _code("10904000", "SCT", "erect") if positioning.is_erect else _code("102538003", "SCT", "recumbent")
    ]
    dataset.KVP = "120"
    dataset.DetectorType = "DIRECT"
    dataset.ImagerPixelSpacing = [f"{phantom.spacing_mm:.4f}"] * 2
    dataset.EstimatedRadiographicMagnificationFactor = f"{phantom.magnification:.4f}"
    dataset.AcquisitionContextSequence = []


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _add_pixels(dataset: Dataset, phantom: Phantom) -> None:
    stored: NDArray[np.uint16] = phantom.standard
    if phantom.is_monochrome1:
        # MONOCHROME1 shows small values bright (DICOM PS3.3 C.7.6.3.1.2).
        stored = FULL_SCALE - stored
    low, high = (int(value) for value in np.percentile(stored, (1, 99)))
    high += (high - low) // 12
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if phantom.is_monochrome1 else "MONOCHROME2"
    dataset.PresentationLUTShape = "INVERSE" if phantom.is_monochrome1 else "IDENTITY"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = 1 if phantom.is_monochrome1 else -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.WindowCenter, dataset.WindowWidth = str((low + high) // 2), str(high - low)
    dataset.LossyImageCompression, dataset.BurnedInAnnotation = "00", "NO"
    dataset.PixelData = stored.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
