"""Sum up the measured runs of a study: means over seeds, paired differences, teachers and floors beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_kdland.evaluation import Evaluation, all_metrics, paired_difference
from napari_kdland.evaluation.statistics import holm
from napari_kdland.jobs.studying.results import Block, Difference, Figure, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from napari_kdland.evaluation.metrics import Errors
    from napari_kdland.jobs.studying.measuring import Measured
    from napari_kdland.jobs.studying.subsets import Cell


class Summary:
    """Measured runs, put together.

    Parameters
    ----------
    students
        Names of runs by row and cell, one a seed, in the order of the table.
    teachers
        The same for teachers, by what they are called in the table.
    measured
        What each run came to; those that are not done are missing.
    floors
        The mean shape, by cell.
    baseline
        Row that the others are held against.
    """

    def __init__(
        self,
        students: Mapping[str, Mapping[Cell, Sequence[str]]],
        teachers: Mapping[str, Mapping[Cell, Sequence[str]]],
        *,
        measured: Mapping[str, Measured],
        floors: Mapping[Cell, Evaluation],
        baseline: str,
    ) -> None:
        self._students = students
        self._teachers = teachers
        self._measured = measured
        self._floors = floors
        self._baseline = baseline

    def blocks(self) -> tuple[Block, ...]:
        """Give a table for each cell; where labels were drawn several times, one over all draws too."""
        cells = list(dict.fromkeys(cell for by_cell in self._students.values() for cell in by_cell))
        blocks = [self._block((cell,), cell.title) for cell in cells]
        for labels in dict.fromkeys(cell.labels for cell in cells):
            drawn = tuple(cell for cell in cells if cell.labels == labels)
            if len(drawn) > 1:
                blocks.append(self._block(drawn, f"k = {labels}, {len(drawn)} draws"))
        return tuple(blocks)

    def _block(self, cells: tuple[Cell, ...], title: str) -> Block:
        students = [self._row(name, "student", runs) for name, runs in _of_cells(self._students, cells)]
        teachers = [self._row(name, "teacher", runs) for name, runs in _of_cells(self._teachers, cells)]
        rows = self._with_differences([*students, *teachers])
        floors = [self._floors[cell] for cell in cells if cell in self._floors]
        if floors:
            values = _figures([[floor] for floor in floors])
            rows.append(Row(name="mean shape", kind="floor", runs=(), n_wanted=0, best=values, last={}))
        draws = tuple(cell.draw for cell in cells)
        return Block(
            title=title,
            labels=cells[0].labels,
            draws=draws,
            spread="seeds" if len(cells) == 1 else "draws",
            rows=tuple(rows),
        )

    def _row(self, name: str, kind: Literal["student", "teacher"], runs: list[Sequence[str]]) -> Row:
        """Make a row of the runs of each cell."""
        done = [[run for run in of_cell if run in self._measured] for of_cell in runs]
        done = [of_cell for of_cell in done if of_cell]
        return Row(
            name=name,
            kind=kind,
            runs=tuple(run for of_cell in done for run in of_cell),
            n_wanted=sum(len(of_cell) for of_cell in runs),
            best=_figures([[self._measured[run].best for run in of_cell] for of_cell in done]),
            last=_figures([[self._measured[run].last for run in of_cell] for of_cell in done]),
        )

    def _with_differences(self, rows: list[Row]) -> list[Row]:
        baseline = next((row for row in rows if row.name == self._baseline and row.kind == "student"), None)
        if baseline is None or not baseline.runs:
            return rows
        against = self._mean_errors(baseline.runs)
        differences = {
            index: paired_difference(self._mean_errors(row.runs), against)
            for index, row in enumerate(rows)
            if row.runs and row is not baseline
        }
        # Teachers are not among those that compete.
        family = [index for index in differences if rows[index].kind == "student"]
        adjusted = dict(zip(family, holm([differences[index].p_value for index in family]), strict=True))
        return [
            row.model_copy(
                update={
                    "difference": Difference(
                        mean_px=_number(differences[index].mean_px),
                        low_px=differences[index].low_px,
                        high_px=differences[index].high_px,
                        p_value=differences[index].p_value,
                        p_holm=adjusted.get(index),
                        n_images=differences[index].n_images,
                    )
                }
            )
            if index in differences
            else row
            for index, row in enumerate(rows)
        ]

    def _mean_errors(self, runs: Sequence[str]) -> Errors:
        """Average errors (N, L) over runs, each landmark over those runs that have it."""
        errors = np.stack([self._measured[run].best.errors_px for run in runs])
        known = np.isfinite(errors)
        totals, counts = np.where(known, errors, 0.0).sum(axis=0), known.sum(axis=0)
        means: Errors = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
        return means


def _of_cells(
    groups: Mapping[str, Mapping[Cell, Sequence[str]]], cells: tuple[Cell, ...]
) -> list[tuple[str, list[Sequence[str]]]]:
    """Give the runs of each cell by row, for those rows that are in all of the cells."""
    return [
        (name, [by_cell[cell] for cell in cells])
        for name, by_cell in groups.items()
        if all(cell in by_cell for cell in cells)
    ]


def values_of(evaluation: Evaluation) -> dict[str, float | None]:
    """Give every metric of the menu; `None` where there is no value."""
    return {metric.name: _number(metric.value(evaluation)) for metric in all_metrics()}


def _figures(cells: Sequence[Sequence[Evaluation]]) -> dict[str, Figure]:
    """Take mean and spread over the runs of one cell; of several cells, over the cells' means."""
    found: dict[str, Figure] = {}
    for metric in all_metrics():
        by_cell = [_known(metric.value, of_cell) for of_cell in cells]
        values = by_cell[0] if len(by_cell) == 1 else [float(np.mean(of_cell)) for of_cell in by_cell if of_cell]
        if values:
            sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
            found[metric.name] = Figure(mean=float(np.mean(values)), sd=sd)
    return found


def _known(value: Callable[[Evaluation], float | None], evaluations: Sequence[Evaluation]) -> list[float]:
    return [number for one in evaluations if (number := _number(value(one))) is not None]


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
