"""Predicted landmarks as a CSV file, which can be read back like any other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from napari_kdland.evaluation.abstention import LOOK_HERE, to_look_at
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
_MM = ("x_mm", "y_mm")
_SURE = ("radius_px", "flag")


def write_predictions(
    path: Path, predicted: Iterable[tuple[str, Landmarks, Spacing | None]], *, with_radius: bool = False
) -> int:
    """Write ``image,landmark,x,y,state,sd_px,confidence``, and ``x_mm,y_mm`` where an image has a spacing.

    Parameters
    ----------
    path
        The file.
    predicted
        (name, landmarks, spacing) of each image; millimetres run from the centre of the upper left pixel.
    with_radius
        Add ``radius_px``, infinite as ``inf``, and ``flag``, which says ``look here`` of landmarks that are not sure.

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
    columns = (*_COLUMNS, *(_MM if has_mm else ()), *(_SURE if with_radius else ()))
    rows = [
        row[: len(_COLUMNS)] + (row[-4:-2] if has_mm else []) + (row[-2:] if with_radius else [])
        for name, landmarks, spacing in images
        for row in _rows(name, landmarks, spacing)
    ]
    write_text(path, write_table(columns, rows))
    return len(rows)


def _rows(name: str, landmarks: Landmarks, spacing: Spacing | None) -> Iterator[list[str]]:
    flags = to_look_at(landmarks)
    for index, (landmark, state, (y, x)) in enumerate(landmarks):
        row = [name, landmark, _text(x), _text(y), state.value]
        row += [_entry(landmarks.sd_px, index), _entry(landmarks.confidence, index)]
        row += ["", ""] if spacing is None else [_text(x * spacing.column_mm), _text(y * spacing.row_mm)]
        yield [*row, _entry(landmarks.radius_px, index), LOOK_HERE if flags[index] else ""]


def _entry(values: NDArray[Any] | None, index: int) -> str:
    return "" if values is None else _text(values[index])


def _text(value: float) -> str:
    if math.isinf(value):
        return "inf"
    return number(None if math.isnan(value) else value)
