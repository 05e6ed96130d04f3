"""Values of a DICOM data set, read so that a malformed one is as good as none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydicom.datadict import dictionary_VR
from pydicom.errors import BytesLengthException, InvalidDicomError

from napari_kdland.images.guards import DAMAGE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


# pydicom's own errors are neither ValueError nor OSError.
DICOM_DAMAGE = (*DAMAGE, BytesLengthException, InvalidDicomError)

# The longest of DICOM's short texts (LO, PS3.5 table 6.2-1).
_LONGEST_TEXT = 64


def value(dataset: Dataset, keyword: str) -> Any:
    """Give an element's value; `None` where it is absent, empty or cannot be parsed."""
    try:
        found = dataset.get(keyword)
    except DICOM_DAMAGE:
        return None
    return None if found is None or found == "" else found


def text(dataset: Dataset, keyword: str) -> str:
    """Give a value as printable text without padding, 64 characters at most; several values joined by ``/``."""
    return "/".join(_parts(dataset, keyword))[:_LONGEST_TEXT]


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Give each of several values as printable text without padding, 64 characters of each at most."""
    return tuple(part[:_LONGEST_TEXT] for part in _parts(dataset, keyword))


def _parts(dataset: Dataset, keyword: str) -> list[str]:
    found = value(dataset, keyword)
    if found is None:
        return []
    parts = [found] if isinstance(found, str) or not hasattr(found, "__iter__") else list(found)
    # In a damaged file one value may swallow the next ones, patient's name and pixels included.
    stripped = (str(part).strip(" \0")[:_LONGEST_TEXT] for part in parts)
    return ["".join(letter for letter in part if letter.isprintable()) for part in stripped]


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Give all values of a numeric element; empty where one of them is not a finite number."""
    found = value(dataset, keyword)
    if found is None:
        return ()
    parts = [found] if isinstance(found, str) or not hasattr(found, "__iter__") else list(found)
    try:
        result = tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        return ()
    return result if all(map(math.isfinite, result)) else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """Give the first value of a numeric element."""
    return next(iter(numbers(dataset, keyword)), None)


def put(dataset: Dataset, keyword: str, content: int | str) -> None:
    """Replace an element; setting it as an attribute would first parse the old value, which may be damaged."""
    dataset.add_new(keyword, dictionary_VR(keyword), content)


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Give the items of a sequence."""
    found = value(dataset, keyword)
    try:
        return [item for item in found or () if hasattr(item, "file_tell") or hasattr(item, "get")]
    except DICOM_DAMAGE:
        return []


def scopes(dataset: Dataset, macro: str, frame_index: int) -> list[Dataset]:
    """List where a frame's value may stand, nearest first.

    An enhanced multi-frame file keeps it in a macro (a sequence of one item) of the frame's own functional group, or
    of the shared one (PS3.3 C.7.6.16); all other files at the top.
    """
    own = items(dataset, "PerFrameFunctionalGroupsSequence")[frame_index : frame_index + 1]
    shared = items(dataset, "SharedFunctionalGroupsSequence")[:1]
    return [item for group in (*own, *shared) for item in items(group, macro)[:1]] + [dataset]
