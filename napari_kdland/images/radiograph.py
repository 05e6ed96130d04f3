"""Pixels of one radiograph, with spacing, identity and view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.images.presets import Preset


@dataclass(frozen=True)
class Spacing:
    """Millimetres per pixel, and where the figure came from.

    `source` is ``PixelSpacing``, ``ImagerPixelSpacing`` (at the detector, so larger than in the patient),
    ``NominalScannedPixelSpacing``, ``user``, or the name of a file format's own field.
    """

    row_mm: float
    column_mm: float
    source: str

    def __post_init__(self) -> None:
        if not (np.isfinite([self.row_mm, self.column_mm]).all() and min(self.row_mm, self.column_mm) > 0):
            raise ValueError(f"spacing must be positive: {self.row_mm} x {self.column_mm} mm")

    @property
    def is_at_detector(self) -> bool:
        """Whether lengths are those on the detector, some 5 to 20 % longer than in the patient."""
        return self.source == "ImagerPixelSpacing"


@dataclass(frozen=True)
class View:
    """How the patient was seen.

    Parameters
    ----------
    name
        The words that decided, as the file has them: ``PA``, ``LL``, ``W Chest Lat``.
    is_frontal
        `None` where the file does not say.
    laterality
        ``L``, ``R``, ``B``, ``U``, or empty.
    orientation
        Where rows and columns run to in the patient, as ``L/F`` (DICOM PatientOrientation), or empty.
        ``R/F`` on a chest means that the image is mirrored against the usual.
    """

    name: str = ""
    is_frontal: bool | None = None
    laterality: str = ""
    orientation: str = ""


@dataclass(frozen=True)
class Radiograph:
    """One radiograph as everything behind the reader sees it.

    Parameters
    ----------
    pixels : (H, W) float32
        Modality values, bone bright (MONOCHROME1 is turned over once), never windowed.
    shown : (H, W) float32
        The same image after the file's VOI LUT or window, 0..1, for the eye only.
    spacing
        `None` where the file gives none.
    content_hash
        SHA-256 of the stored pixels and their size: two files with equal pixels are one image.
    patient
        Patient identity as the file has it, kept in memory only; empty where there is none.
    view
        View position, as far as the file says.
    applied
        What the reader did, in words for a badge: ``MONOCHROME1 inverted``, ``VOI LUT``, ...
    bits
        Bits stored per pixel.
    modality
        DICOM Modality (``CR``, ``DX``, ``CT``, ...); empty for pictures.
    presets
        The windows and tables that the file offers for display; `shown` is after the first.
    turn
        A value of the file is `turn` minus that of `pixels`; `None` where the image was not turned over.
    """

    pixels: NDArray[np.float32]
    shown: NDArray[np.float32]
    spacing: Spacing | None
    content_hash: str
    patient: str = ""
    view: View = View()
    applied: tuple[str, ...] = ()
    bits: int = 8
    modality: str = ""
    presets: tuple[Preset, ...] = ()
    turn: float | None = None

    @property
    def unit(self) -> str:
        """``HU`` for computed tomography; empty where grey values have no unit."""
        return "HU" if self.modality == "CT" else ""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.pixels.shape
        return height, width
