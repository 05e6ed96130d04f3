"""The DICOM reader: parse, refuse, decode, bring to grey scale, and say what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.images.dicom.dataset import open_dataset
from napari_kdland.images.dicom.frames import choose_frame, decode
from napari_kdland.images.dicom.geometry import spacing_of
from napari_kdland.images.dicom.grey_scale import modality_values
from napari_kdland.images.dicom.header import number, text
from napari_kdland.images.dicom.view import view_of
from napari_kdland.images.dicom.voi import display_of
from napari_kdland.images.guards import refuse_constant
from napari_kdland.images.identity import content_hash
from napari_kdland.images.radiograph import Radiograph
from napari_kdland.images.silence import decoders_kept_quiet

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset


def read_dicom(path: Path, *, frame: int | None = None) -> Radiograph:
    """Read one frame of a DICOM file as a radiograph.

    Overlays, annotations and presentation states are not burnt in. MONOCHROME1 and Presentation LUT Shape INVERSE
    say the same thing, so either or both turn the image over exactly once: `shown` after the window, `pixels` within
    the range that the stored bits can reach, so that a MONOCHROME1 file and its MONOCHROME2 twin give equal pixels.

    Parameters
    ----------
    path
        The file; preamble and file meta may be missing.
    frame
        Which frame, from 0, of a multi-frame file.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short, or not DICOM.
    MissingDecoder
        If the decoder for its compression is not installed.
    UnsupportedImage
        If it holds no image, several frames and none was chosen, a segmentation, a dose, computed values, too many
        pixels, or the same value everywhere.
    UsageError
        If there is no such frame.
    """
    with decoders_kept_quiet():
        dataset, opened = open_dataset(path)
        frame_index = choose_frame(path.name, dataset, frame)
        stored = decode(path.name, dataset, frame_index)
        modality = modality_values(path.name, stored, dataset, frame_index)
        lowest, highest = float(modality.values.min()), float(modality.values.max())
        refuse_constant(path.name, lowest, highest)
        inverted = _inversion(dataset)
        turn = float(np.float32(sum(modality.reach))) if inverted else None
        shown, presets, windowed = display_of(modality.values, (lowest, highest), dataset, frame_index, turn)
        spacing, measured = spacing_of(dataset, frame_index)
        pixels = modality.values
        if turn is not None:
            pixels = np.float32(turn) - pixels
            np.subtract(1, shown, out=shown)
        return Radiograph(
            pixels,
            shown,
            spacing,
            content_hash(stored.values),
            patient=_patient(dataset),
            view=view_of(dataset),
            applied=(*opened, *stored.notes, *modality.notes, *windowed, *inverted, *measured),
            bits=stored.bits,
            modality=text(dataset, "Modality"),
            presets=presets,
            turn=turn,
        )


def _inversion(dataset: Dataset) -> tuple[str, ...]:
    """Say why the image must be turned over; empty where it need not (PS3.3 C.7.6.3.1.2 and C.8.11.3.1.2)."""
    if text(dataset, "PhotometricInterpretation") == "MONOCHROME1":
        return ("MONOCHROME1 inverted",)
    if text(dataset, "PresentationLUTShape") == "INVERSE" and number(dataset, "SamplesPerPixel") == 1:
        return ("Presentation LUT Shape INVERSE applied",)
    return ()


def _patient(dataset: Dataset) -> str:
    """Join PatientID and its issuer: one number given by two hospitals is two patients."""
    patient_id, issuer = text(dataset, "PatientID"), text(dataset, "IssuerOfPatientID")
    return f"{patient_id}^{issuer}" if patient_id and issuer else patient_id
