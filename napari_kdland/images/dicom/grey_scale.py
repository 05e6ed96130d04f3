"""Modality LUT and rescale: from stored pixels to modality values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.images.dicom.header import items, number, scopes
from napari_kdland.images.dicom.lookup_table import lookup_table
from napari_kdland.images.guards import cut_short

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

    from napari_kdland.images.dicom.frames import Stored


@dataclass(frozen=True)
class Modality:
    """Pixels in the units of the modality.

    Parameters
    ----------
    values : (H, W) float32
        After the modality LUT or rescale.
    reach
        The smallest and the largest value that stored bits of this depth can give.
    notes
        What was applied.
    """

    values: NDArray[np.float32]
    reach: tuple[float, float]
    notes: tuple[str, ...] = ()


def modality_values(name: str, stored: Stored, dataset: FileDataset, frame_index: int = 0) -> Modality:
    """Apply the modality LUT if there is one, else slope and intercept (PS3.3 C.11.1).

    Raises
    ------
    UnreadableImage
        If there is a modality LUT that cannot be read: without it the values mean something else.
    """
    tables = items(dataset, "ModalityLUTSequence")
    if tables:
        table = lookup_table(dataset, tables[0])
        if table is None:
            raise cut_short(name, "its Modality LUT cannot be read")
        reach = float(table.values.min()), float(table.values.max())
        return Modality(table(stored.values), reach, ("modality LUT",))
    slope, intercept = _rescale(dataset, frame_index)
    half = 2 ** (stored.bits - 1)
    ends = (-half, half - 1) if stored.is_signed else (0, 2 * half - 1)
    low, high = sorted(slope * end + intercept for end in ends)
    values = stored.values.astype(np.float32)
    if (slope, intercept) == (1, 0):
        return Modality(values, (low, high))
    values *= np.float32(slope)
    values += np.float32(intercept)
    return Modality(values, (low, high), (f"rescaled by {slope:g} x {intercept:+g}",))


def _rescale(dataset: FileDataset, frame_index: int) -> tuple[float, float]:
    for scope in scopes(dataset, "PixelValueTransformationSequence", frame_index):
        slope, intercept = number(scope, "RescaleSlope"), number(scope, "RescaleIntercept")
        if slope or intercept is not None:
            return slope or 1.0, intercept or 0.0
    return 1.0, 0.0
