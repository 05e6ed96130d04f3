"""Modality LUT, VOI LUT and window: from stored pixels to modality values to what the eye sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.images.dicom.header import items, number, scopes, text
from napari_kdland.images.dicom.lookup_table import LookupTable, lookup_table
from napari_kdland.images.guards import cut_short
from napari_kdland.images.plain import full_range

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


def shown_values(
    values: NDArray[np.float32], own_range: tuple[float, float], dataset: FileDataset, frame_index: int = 0
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Apply the first VOI LUT, else the first window, else show the image's own range (PS3.3 C.11.2).

    A LUT or window that cannot be used, or leaves the image all one value, counts as none, and the note says so.

    Returns
    -------
    (H, W) float32
        0..1, not inverted.
    notes
        What was applied.
    """
    unusable = []
    for scope in scopes(dataset, "FrameVOILUTSequence", frame_index):
        for table in items(scope, "VOILUTSequence")[:1]:
            lut = lookup_table(dataset, table)
            if lut is not None and lut.values.min() < lut.values.max():
                return _through(lut, values), ("VOI LUT",)
            unusable.append("VOI LUT unusable")
        centre, width = number(scope, "WindowCenter"), number(scope, "WindowWidth")
        if centre is not None and width is not None:
            function = text(scope, "VOILUTFunction") or "LINEAR"
            if _is_window_usable(own_range, centre, width, function):
                return _window(values, centre, width, function), (*unusable, _window_note(centre, width, function))
            unusable.append(f"window {centre:g}/{width:g} unusable")
    return full_range(values, *own_range), (*unusable, "full range shown")


def _rescale(dataset: FileDataset, frame_index: int) -> tuple[float, float]:
    for scope in scopes(dataset, "PixelValueTransformationSequence", frame_index):
        slope, intercept = number(scope, "RescaleSlope"), number(scope, "RescaleIntercept")
        if slope or intercept is not None:
            return slope or 1.0, intercept or 0.0
    return 1.0, 0.0


def _through(lut: LookupTable, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Look values up, 0..1 over the table's own range: its stated depth is too often wrong."""
    low, high = float(lut.values.min()), float(lut.values.max())
    return LookupTable(lut.first, full_range(lut.values, low, high))(values)


def _is_window_usable(own_range: tuple[float, float], centre: float, width: float, function: str) -> bool:
    if width <= 0 or (function == "LINEAR" and width < 1):
        return False
    low, high = _window(np.array(own_range, dtype=np.float32), centre, width, function)
    return bool(low < high)


def _window(values: NDArray[np.float32], centre: float, width: float, function: str) -> NDArray[np.float32]:
    """Apply PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID) or C.11.2.1.3.2 (LINEAR_EXACT)."""
    if function == "SIGMOID":
        exponent = (values - np.float32(centre)) * np.float32(-4 / width)
        return np.asarray(1 / (1 + np.exp(exponent.clip(-80, 80))), dtype=np.float32)
    if function == "LINEAR_EXACT":
        low, span = centre - width / 2, width
    else:
        # A width of 1 is a step at the centre.
        low, span = centre - 0.5 - (width - 1) / 2, max(width - 1, 1e-6)
    shown = values - np.float32(low)
    shown /= np.float32(span)
    return np.clip(shown, 0, 1, out=shown)


def _window_note(centre: float, width: float, function: str) -> str:
    kind = "" if function == "LINEAR" else f" {function}"
    return f"window {centre:g}/{width:g}{kind}"
