"""Landmarks of the SCR database: outlines of lungs, heart and clavicles in the JSRT radiographs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import AnnotationError
from napari_kdland.project.exchange.tables import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Points of each outline, the same in every radiograph, so that each has its counterpart in the others.
OUTLINES = {"right_lung": 44, "left_lung": 50, "heart": 26, "right_clavicle": 23, "left_clavicle": 23}
LANDMARKS = tuple(f"{name}_{index:02d}" for name, count in OUTLINES.items() for index in range(1, count + 1))

# SCR's coordinates are of the radiographs shrunk to 1024 x 1024; the files have 2048 x 2048.
_SCALE = 2
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"(?<![\d.])[A-Za-z]{2,}")


def read_outlines(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read a ``.pfs`` file.

    The SCR database does not describe these files, so little is asked of them: a line that names an outline (right
    lung, left lung, heart, right clavicle, left clavicle, in whatever spelling) begins it, and each line of two numbers
    is a point (x, y) of it, or of three, with its own number first. Brackets and commas do not matter; lines of other
    words are passed over.

    Returns
    -------
    dict
        Points (P, 2) by outline, (y, x) in pixels of the 2048 x 2048 image, pixel centres at whole numbers in both
        sizes.

    Raises
    ------
    AnnotationError
        If the file cannot be read, an outline is missing, comes twice or has another number of points, or a line is
        neither of these.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    current = ""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        named = _outline_in(line)
        if named:
            if named in found:
                raise AnnotationError(f"{path.name} has the outline {_words(named)} again in line {number}.")
            found[named] = []
            current = named
        elif not _WORD.search(line):
            point = _point(path, number, line)
            if point and current:
                found[current].append(point)
            elif point:
                raise AnnotationError(f"{path.name} has a point in line {number}, before any outline is named.")
    _refuse_wrong_counts(path, found)
    return {name: (np.array(points) + 0.5)[:, ::-1] * _SCALE - 0.5 for name, points in found.items()}


def _outline_in(line: str) -> str:
    words = line.lower()
    organ = next((organ for organ in ("lung", "clavicle", "heart") if organ in words), "")
    if organ in ("heart", ""):
        return organ
    side = next((side for side in ("right", "left") if side in words), "")
    return f"{side}_{organ}" if side else ""


def _point(path: Path, number: int, line: str) -> tuple[float, float] | None:
    values = [float(text) for text in _NUMBER.findall(line)]
    # A line of one number is a count.
    if len(values) < 2:
        return None
    if len(values) > 3:
        raise AnnotationError(f"{path.name} has {len(values)} numbers in line {number}; a point has x and y.")
    return values[-2], values[-1]


def _refuse_wrong_counts(path: Path, found: dict[str, list[tuple[float, float]]]) -> None:
    wrong = [
        f"{_words(name)} has {len(found[name])} points, not {count}" if name in found else f"{_words(name)} is missing"
        for name, count in OUTLINES.items()
        if len(found.get(name, ())) != count
    ]
    if wrong:
        raise AnnotationError(f"{path.name} is no landmark file of the SCR database: {'; '.join(wrong)}.")


def _words(name: str) -> str:
    return name.replace("_", " ")
