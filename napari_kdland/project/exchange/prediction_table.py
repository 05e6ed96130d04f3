"""Predicted landmarks as a CSV file, which can be read back like any other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from napari_kdland.project.exchange.csv_file import number
from napari_kdland.project.exchange.rows import write_text
from napari_kdland.project.exchange.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy.landmarks import Landmarks
    from napari_kdland.images.radiograph import Spacing

_COLUMNS = ("image", "landmark", "x", "y", "state", "sd_px", "confidence")


def write_predictions(path: Path, predicted: Iterable[tuple[str, Landmarks, Spacing | None]]) -> int:
    """Write ``image,landmark,x,y,state,sd_px,confidence``, and ``x_mm,y_mm`` where an image has a spacing.

    Parameters
    ----------
    path
        The file.
    predicted
        (name, landmarks, spacing) of each image; millimetres run from the centre of the upper left pixel.

    Returns
    -------
    int
        Number of lines below the header.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    """
    images = list(predicted)
    has_mm = any(spacing is not None for _, _, spacing in images)
    rows = [row for name, landmarks, spacing in images for row in _rows(name, landmarks, spacing, has_mm=has_mm)]
    write_text(path, write_table((*_COLUMNS, "x_mm", "y_mm") if has_mm else _COLUMNS, rows))
    return len(rows)


def _rows(name: str, landmarks: Landmarks, spacing: Spacing | None, *, has_mm: bool) -> Iterator[list[str]]:
    for index, (landmark, state, (y, x)) in enumerate(landmarks):
        row = [name, landmark, _text(x), _text(y), state.value]
        row += [_entry(landmarks.sd_px, index), _entry(landmarks.confidence, index)]
        if has_mm:
            row += ["", ""] if spacing is None else [_text(x * spacing.column_mm), _text(y * spacing.row_mm)]
        yield row


def _entry(values: NDArray[Any] | None, index: int) -> str:
    return "" if values is None else _text(values[index])


def _text(value: float) -> str:
    return number(None if math.isnan(value) else value)
