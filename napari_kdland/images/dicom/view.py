"""How the patient was seen, from whatever a DICOM file says about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from napari_kdland.images.dicom.header import items, text
from napari_kdland.images.radiograph import View

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Defined terms of View Position for CR, DX and MG (PS3.3 C.8.1.1, C.8.11.5, C.8.11.7), and what technicians type.
_FRONTAL = {"AP", "PA", "FRONTAL", "ANTERO", "POSTERO", "ANTEROPOSTERIOR", "POSTEROANTERIOR", "LORDOTIC"}
_OTHER_IN_TEXT = {"LAT", "LLAT", "RLAT", "LATERAL", "OBL", "OBLIQUE", "DECUB", "DECUBITUS", "XTABLE"}
# In free text these are too often something else.
_OTHER_CODES = {"LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO"}
_MAMMOGRAPHIC = {"CC", "ML", "LM", "MLO", "LMO", "XCCL", "XCCM"}
_OTHER = _OTHER_IN_TEXT | _OTHER_CODES | _MAMMOGRAPHIC


def view_of(dataset: Dataset) -> View:
    """Tell the view.

    The first of these that speaks decides: ViewPosition, the code of ViewCodeSequence, PatientOrientation, and the
    words of SeriesDescription and ProtocolName (which decide only where they name one kind of view).
    """
    orientation = text(dataset, "PatientOrientation")
    laterality = text(dataset, "ImageLaterality") or text(dataset, "Laterality")
    position = text(dataset, "ViewPosition")
    codes = [text(item, "CodeMeaning") for item in items(dataset, "ViewCodeSequence")]
    name, is_frontal = position, None
    for words in (position, *codes):
        if is_frontal is None and words:
            name, is_frontal = name or words, _kind(words)
    if is_frontal is None:
        is_frontal = _kind_by_axes(orientation)
    for keyword in ("SeriesDescription", "ProtocolName"):
        if is_frontal is None:
            is_frontal = _kind_in_text(text(dataset, keyword))
            name = name or (text(dataset, keyword) if is_frontal is not None else "")
    return View(name, is_frontal, laterality, orientation)


def _words(phrase: str) -> set[str]:
    return set(re.findall(r"[A-Z]+", phrase.upper()))


def _kind(phrase: str) -> bool | None:
    """Decide by defined terms; "lateral" beats "AP", as in AP LATERAL."""
    words = _words(phrase)
    if words & _OTHER:
        return False
    return True if words & _FRONTAL else None


def _kind_in_text(phrase: str) -> bool | None:
    """Decide by free text, unless it names both kinds (``Chest PA and lat`` is the name of an examination)."""
    words = _words(phrase)
    frontal, other = bool(words & _FRONTAL), bool(words & _OTHER_IN_TEXT)
    return frontal if frontal != other else None


def _kind_by_axes(orientation: str) -> bool | None:
    """Decide by where rows and columns run to: ``L/F`` is frontal, ``A/F`` lateral."""
    row, _, column = orientation.partition("/")
    if column[:1] not in ("F", "H"):
        return None
    return {"L": True, "R": True, "A": False, "P": False}.get(row[:1])
