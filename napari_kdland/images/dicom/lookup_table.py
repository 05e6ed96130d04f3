"""DICOM lookup tables, whatever type their entries were written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.images.dicom.header import DICOM_DAMAGE, number, numbers, value

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset, FileDataset


@dataclass(frozen=True)
class LookupTable:
    """Entries, the first of which stands for the input `first`; inputs beyond either end take the end's entry."""

    first: int
    values: NDArray[np.float32]

    def __call__(self, inputs: NDArray[np.integer] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Look up each input, cut down to whole numbers."""
        if inputs.dtype.kind == "f":
            indices = (inputs - np.float32(self.first)).astype(np.intp)
        else:
            indices = inputs.astype(np.intp) - self.first
        return np.take(self.values, indices, mode="clip")


def lookup_table(dataset: FileDataset, item: Dataset) -> LookupTable | None:
    """Read an item of ModalityLUTSequence or VOILUTSequence (PS3.3 C.11.1.1.1); `None` where it cannot be used.

    Parameters
    ----------
    dataset
        The whole data set: sign and byte order of an entry follow from it.
    item
        With LUTDescriptor and LUTData.
    """
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    n_entries, first, bits = (int(part) for part in descriptor)
    # The VR of a descriptor is US or SS; parsers guess, and both numbers may come out 65536 off.
    n_entries = (n_entries & 0xFFFF) or 0x10000
    is_signed = number(dataset, "PixelRepresentation") == 1
    first = (first + 0x8000) % 0x10000 - 0x8000 if is_signed else first % 0x10000
    try:
        entries = _entries(dataset, value(item, "LUTData"), n_entries, bits)
    except DICOM_DAMAGE:
        return None
    return LookupTable(first, entries.astype(np.float32)) if len(entries) else None


def _entries(dataset: FileDataset, data: object, n_entries: int, bits: int) -> NDArray[np.unsignedinteger]:
    """Give the entries of LUTData, written as numbers, as words, or as bytes."""
    is_little = dataset.original_encoding[1] is not False
    if not isinstance(data, bytes):
        numbers_given = np.atleast_1d(np.asarray(data, dtype=np.int64)) & 0xFFFF
        data = numbers_given.astype("<u2").tobytes()
        is_little = True
    if bits <= 8 and len(data) < 2 * n_entries:
        return np.frombuffer(data, np.uint8)[:n_entries]
    return np.frombuffer(data[: len(data) // 2 * 2], "<u2" if is_little else ">u2")[:n_entries]
