"""Sum up the measured runs of a study: means over seeds, paired differences, teachers and floors beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_kdland.evaluation import Evaluation, all_metrics, paired_difference
from napari_kdland.evaluation.effects import mean_interval, nested_interval
from napari_kdland.evaluation.effects import means as mean_of_rows
from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.own_intervals import own_intervals
from napari_kdland.evaluation.scoring import common_unit
from napari_kdland.evaluation.statistics import holm
from napari_kdland.jobs.studying.judging import judged
from napari_kdland.jobs.studying.results import Block, Difference, Figure, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from napari_kdland.evaluation.metrics import Errors
    from napari_kdland.jobs.studying.measuring import Measured
    from napari_kdland.jobs.studying.subsets import Cell

    # Names of one row's runs, a list for each cell.
    _ByCell = list[list[str]]


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
        self._unit = _unit_of([*(one.best for one in measured.values()), *floors.values()])

    def blocks(self) -> tuple[Block, ...]:
        """Give a table for each cell; where labels were drawn several times, one over all draws too."""
        cells = list(dict.fromkeys(cell for by_cell in self._students.values() for cell in by_cell))
        blocks = [self.block((cell,), cell.title) for cell in cells]
        for labels in dict.fromkeys(cell.labels for cell in cells):
            drawn = tuple(cell for cell in cells if cell.labels == labels)
            if len(drawn) > 1:
                blocks.append(self.block(drawn, f"k = {labels}, {len(drawn)} draws"))
        return tuple(blocks)

    def block(self, cells: tuple[Cell, ...], title: str) -> Block:
        """Give the table of one cell, or of several together."""
        students, teachers = _of_cells(self._students, cells), _of_cells(self._teachers, cells)
        rows = [self._row(name, "student", runs) for name, runs in students]
        rows += [self._row(name, "teacher", runs) for name, runs in teachers]
        rows = self._with_differences(rows, [self._done(runs) for _, runs in (*students, *teachers)])
        floors = [self._floors[cell] for cell in cells if cell in self._floors]
        if floors:
            values = _figures([[floor] for floor in floors])
            rows.append(Row(name="mean shape", kind="floor", runs=(), n_wanted=0, best=values, last={}))
        judgement = judged(rows, self._measured, self._baseline, floors) if len(cells) == 1 else None
        draws = tuple(cell.draw for cell in cells)
        return Block(
            title=title,
            labels=cells[0].labels,
            draws=draws,
            spread="seeds" if len(cells) == 1 else "draws",
            rows=tuple(rows),
            judgement=judgement,
            unit=self._unit,
        )

    def _row(self, name: str, kind: Literal["student", "teacher"], runs: list[Sequence[str]]) -> Row:
        """Make a row of the runs of each cell."""
        done = [of_cell for of_cell in self._done(runs) if of_cell]
        best = [[self._measured[run].best for run in of_cell] for of_cell in done]
        return Row(
            name=name,
            kind=kind,
            runs=tuple(run for of_cell in done for run in of_cell),
            n_wanted=sum(len(of_cell) for of_cell in runs),
            best=_with_intervals(_figures(best), best),
            last=_figures(
                [[last for run in of_cell if (last := self._measured[run].last) is not None] for of_cell in done]
            ),
            interval=self._own_interval(done),
        )

    def _done(self, runs: Sequence[Sequence[str]]) -> _ByCell:
        return [[run for run in of_cell if run in self._measured] for of_cell in runs]

    def _with_differences(self, rows: list[Row], done: list[_ByCell]) -> list[Row]:
        """Hold rows against the baseline; `done` are their measured runs by cell."""
        places = [place for place, row in enumerate(rows) if row.name == self._baseline and row.kind == "student"]
        if not places or not rows[places[0]].runs:
            return rows
        by_error = self._differences(rows, done, places[0], self._errors_of)
        by_dice = self._differences(rows, done, places[0], _dice_of)
        return [
            row.model_copy(update={"difference": by_error.get(index), "dice_difference": by_dice.get(index)})
            for index, row in enumerate(rows)
        ]

    def _differences(
        self, rows: list[Row], done: list[_ByCell], baseline: int, read: Callable[[Evaluation], Errors]
    ) -> dict[int, Difference]:
        """Compare rows with the baseline, by their place; those without a figure of this kind are left out."""
        found = {}
        for index, of_row in enumerate(done):
            # Only draws that both have, so that none of them gains by the labels it was given.
            shared = [(mine, theirs) for mine, theirs in zip(of_row, done[baseline], strict=True) if mine and theirs]
            if index == baseline or not shared:
                continue
            mine, theirs = (self._mean_over_cells([pair[side] for pair in shared], read) for side in (0, 1))
            if mine.size and mine.shape == theirs.shape:
                interval = self._interval(shared, read)
                difference = paired_difference(mine, theirs)
                found[index] = (
                    difference if interval is None else replace(difference, low=interval[0], high=interval[1])
                )
        # Teachers are not among those that compete.
        family = [index for index in found if rows[index].kind == "student"]
        adjusted = dict(zip(family, holm([found[index].p_value for index in family]), strict=True))
        return {
            index: Difference(
                mean=_number(one.mean),
                low=one.low,
                high=one.high,
                p_value=one.p_value,
                p_holm=adjusted.get(index),
                n_images=one.n_images,
            )
            for index, one in found.items()
        }

    def _interval(
        self, shared: Sequence[tuple[list[str], list[str]]], read: Callable[[Evaluation], Errors]
    ) -> tuple[float, float] | None:
        """Give the interval over draws, seeds and images; `None` for one run each, or fewer than two common images."""
        if len(shared) == len(shared[0][0]) == len(shared[0][1]) == 1:
            return None
        means = self._image_means([run for pair in shared for of in pair for run in of], read)
        if means is None:
            return None
        first, second = ([np.stack([means[run] for run in pair[side]]) for pair in shared] for side in (0, 1))
        return nested_interval(first, second, mean_of_rows)

    def _own_interval(self, runs: _ByCell) -> tuple[float, float] | None:
        """Give the interval of a row's mean error over draws, seeds and images; `None` for a single run."""
        names = [run for of in runs for run in of]
        means = self._image_means(names, self._errors_of) if len(names) > 1 else None
        return None if means is None else mean_interval([np.stack([means[run] for run in of]) for of in runs])

    def _image_means(self, runs: Sequence[str], read: Callable[[Evaluation], Errors]) -> dict[str, Errors] | None:
        """Average figures over what all runs have in an image, (N,) by run; `None` for fewer than two such images."""
        errors = {run: read(self._measured[run].best) for run in runs}
        common = np.all([np.isfinite(one) for one in errors.values()], axis=0)
        kept = np.flatnonzero(common.sum(axis=1))
        if len(kept) < 2:
            return None
        return {run: image_means(np.where(common, one, np.nan))[kept] for run, one in errors.items()}

    def _errors_of(self, evaluation: Evaluation) -> Errors:
        return evaluation.errors_in(self._unit)

    def _mean_over_cells(self, runs: Sequence[list[str]], read: Callable[[Evaluation], Errors]) -> Errors:
        """Average figures (N, L) over the runs of each cell, then over the cells."""
        return _mean_of_known([_mean_of_known([read(self._measured[run].best) for run in of]) for of in runs])


def _mean_of_known(tables: Sequence[Errors]) -> Errors:
    """Average figures (N, L), each over those tables that have it."""
    values = np.stack(tables)
    known = np.isfinite(values)
    totals, counts = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
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
    """Give every figure of an evaluation by name: landmark metrics of the menu, and the regions' own."""
    landmarks = {
        metric.name: _number(metric.value(evaluation))
        for metric in all_metrics(evaluation.measures)
        if evaluation.names
    }
    return landmarks if evaluation.regions is None else {**landmarks, **evaluation.regions.numbers}


def _unit_of(evaluations: Sequence[Evaluation]) -> Literal["px", "mm"]:
    """Give the unit of the tables: that of the tests, or where no landmarks are learnt, that of the regions."""
    landmarks = [of for of in evaluations if of.names]
    if landmarks:
        return common_unit(landmarks)
    regions = [of.regions for of in evaluations if of.regions is not None]
    return "mm" if all(of.hd95_mm is not None for of in regions) else "px"


def _dice_of(evaluation: Evaluation) -> Errors:
    nothing: Errors = np.zeros((0, 0))
    return nothing if evaluation.regions is None else evaluation.regions.dice


def _figures(cells: Sequence[Sequence[Evaluation]]) -> dict[str, Figure]:
    """Take mean and spread over the runs of one cell; of several cells, over the cells' means."""
    tables = [[values_of(one) for one in of_cell] for of_cell in cells]
    found: dict[str, Figure] = {}
    for name in dict.fromkeys(name for of_cell in tables for values in of_cell for name in values):
        by_cell = [[value for one in of_cell if (value := one.get(name)) is not None] for of_cell in tables]
        values = by_cell[0] if len(by_cell) == 1 else [float(np.mean(of_cell)) for of_cell in by_cell if of_cell]
        if values:
            sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
            found[name] = Figure(mean=float(np.mean(values)), sd=sd)
    return found


def _with_intervals(figures: dict[str, Figure], cells: Sequence[Sequence[Evaluation]]) -> dict[str, Figure]:
    """Add the intervals over seeds and images, of one draw of labels only."""
    if len(cells) != 1 or not cells[0][0].names:
        return figures
    # The mean has its interval in the row, over draws too.
    metrics = [one for one in all_metrics(cells[0][0].measures) if not one.name.startswith("mean_radial_error")]
    found = own_intervals(cells[0], metrics)
    return figures | {
        name: figures[name].model_copy(update={"low": low, "high": high})
        for name, (low, high) in found.items()
        if name in figures
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
