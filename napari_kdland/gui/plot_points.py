"""Where each image of a split lies in a plot of errors and uncertainties, landmark by landmark and run by run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.found_by import FoundOfRun
from napari_kdland.evaluation.worst import Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_kdland.evaluation import Evaluation

# Of the room between two landmarks, what their boxes take.
_ROOM = 0.8
# Points of one box are strewn over this share of its width: by the golden ratio, so that neighbours lie apart.
_STREWN, _GOLDEN = 0.7, 0.618033988749895


class Figure(StrEnum):
    """What a plot shows."""

    ERROR = "error"
    SPREAD = "uncertainty"
    RATIO = "error / uncertainty"
    AGAINST = "error against uncertainty"


@dataclass(frozen=True)
class Measured:
    """What was measured of one run.

    Parameters
    ----------
    evaluation
        Of N images and L landmarks.
    sd_px : (N, L)
        Predicted standard deviations in pixels of each original image; NaN where there is none.
    found_by
        How these were found.
    """

    evaluation: Evaluation
    sd_px: NDArray[np.float64]
    found_by: FoundOfRun = field(default_factory=FoundOfRun)

    def values(self, figure: Figure) -> NDArray[np.float64]:
        """Give what a figure plots upwards, (N, L): errors in millimetres where there are any, all else in pixels."""
        of = self.evaluation
        if figure is Figure.SPREAD:
            return self.sd_px
        if figure is Figure.RATIO:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio: NDArray[np.float64] = of.errors_px / self.sd_px
            return np.where(np.isfinite(ratio), ratio, np.nan)
        return of.errors_mm if figure is Figure.ERROR and of.errors_mm is not None else of.errors_px


@dataclass(frozen=True)
class Cloud:
    """The points of one run.

    Parameters
    ----------
    x, y : (n,)
        Where each point lies.
    cases
        The image and landmark that each point stands for.
    boxes
        Of each landmark that has points: where its box stands, and the values in it. None for a scatter plot.
    width
        Of each box.
    """

    run: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    cases: tuple[Case, ...]
    boxes: tuple[tuple[float, NDArray[np.float64]], ...] = ()
    width: float = _ROOM


def clouds_of(measured: Mapping[str, Measured], landmarks: Sequence[str], figure: Figure) -> list[Cloud]:
    """Lay out the points of each run: landmark after landmark along x, or by uncertainty."""
    if figure is Figure.AGAINST:
        return [_scattered(run, each, landmarks) for run, each in measured.items()]
    width = _ROOM / max(1, len(measured))
    return [
        _boxed(run, each.values(figure), each.evaluation, landmarks, (place - (len(measured) - 1) / 2) * width, width)
        for place, (run, each) in enumerate(measured.items())
    ]


def axis_titles(measured: Mapping[str, Measured], figure: Figure) -> tuple[str, str]:
    """Give what stands along x and y, with units."""
    has_mm = all(each.evaluation.errors_mm is not None for each in measured.values())
    return {
        Figure.ERROR: ("landmark", f"error, {'mm' if has_mm else 'px'}"),
        Figure.SPREAD: ("landmark", "uncertainty (1 SD), px"),
        Figure.RATIO: ("landmark", "error, in SDs"),
        Figure.AGAINST: ("uncertainty (1 SD), px", "error, px"),
    }[figure]


def _boxed(
    run: str,
    values: NDArray[np.float64],
    of: Evaluation,
    landmarks: Sequence[str],
    shift: float,
    width: float,
) -> Cloud:
    x, y, cases, boxes = [], [], [], []
    for place, landmark in enumerate(landmarks):
        column = values[:, of.names.index(landmark)]
        rows = np.flatnonzero(np.isfinite(column))
        strewn = (np.arange(len(rows)) * _GOLDEN % 1 - 0.5) * width * _STREWN
        x.append(place + shift + strewn)
        y.append(column[rows])
        cases += [Case(of.images[row], landmark) for row in rows]
        if len(rows):
            boxes.append((place + shift, column[rows]))
    return Cloud(
        run, np.concatenate(x or [np.empty(0)]), np.concatenate(y or [np.empty(0)]), tuple(cases), tuple(boxes), width
    )


def _scattered(run: str, measured: Measured, landmarks: Sequence[str]) -> Cloud:
    of = measured.evaluation
    columns = [of.names.index(landmark) for landmark in landmarks]
    x, y = measured.sd_px[:, columns], of.errors_px[:, columns]
    rows, places = np.nonzero(np.isfinite(x) & np.isfinite(y))
    cases = tuple(
        Case(of.images[row], landmarks[place]) for row, place in zip(rows.tolist(), places.tolist(), strict=True)
    )
    return Cloud(run, x[rows, places], y[rows, places], cases)
