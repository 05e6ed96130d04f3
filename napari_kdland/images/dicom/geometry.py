"""Millimetres per pixel as a DICOM file gives them, and where the figure comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.images.dicom.header import numbers, scopes, text, value
from napari_kdland.images.radiograph import Spacing

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Keyword, and the functional group macro in which enhanced files keep it; the first usable one wins.
_SOURCES = (
    ("PixelSpacing", "PixelMeasuresSequence"),
    ("ImagerPixelSpacing", "FramePixelDataPropertiesSequence"),
    ("NominalScannedPixelSpacing", "PixelMeasuresSequence"),
)


def spacing_of(dataset: Dataset, frame_index: int = 0) -> tuple[Spacing | None, tuple[str, ...]]:
    """Find the spacing, and name values that were passed over because they cannot be one.

    PixelSpacing that repeats ImagerPixelSpacing without a calibration is the detector's (PS3.3 10.7.1.3), and
    `Spacing.source` then says so. No magnification factor is applied: it holds for one depth in the patient only.

    Returns
    -------
    spacing
        Rows first, as DICOM stores it; `None` where no usable value is there.
    notes
        For `Radiograph.applied`.
    """
    notes: list[str] = []
    for keyword, macro in _SOURCES:
        for scope in scopes(dataset, macro, frame_index):
            if value(scope, keyword) is None:
                continue
            given = numbers(scope, keyword)
            if len(given) == 2 and min(given) > 0:
                source = "ImagerPixelSpacing" if _is_detectors(scope, keyword, given) else keyword
                return Spacing(*given, source), tuple(notes)
            notes.append(f"{keyword} {text(scope, keyword)} is no spacing")
    return None, tuple(notes)


def _is_detectors(scope: Dataset, keyword: str, given: tuple[float, ...]) -> bool:
    return (
        keyword == "PixelSpacing"
        and given == numbers(scope, "ImagerPixelSpacing")
        and not text(scope, "PixelSpacingCalibrationType")
    )
