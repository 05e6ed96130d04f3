"""What a study came to: figures over seeds by recipe and label count, as JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, field_serializer, field_validator

from napari_kdland.errors import ProjectError
from napari_kdland.evaluation.judging import Judgement
from napari_kdland.jobs.studying.judging import lines_of_tests, with_nan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RESULTS, TABLE, RUNS, TESTS = "results.json", "results.csv", "runs.csv", "tests.csv"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """Mean and sample standard deviation over runs; no deviation of a single one.

    `low` and `high` are a 95 % bootstrap interval over seeds and images, of medians and of shares of landmarks.
    """

    mean: float | None
    sd: float | None
    low: float | None = None
    high: float | None = None


class Difference(_Part):
    """How a row differs from the baseline's, image by image, figures averaged over the seeds of each first.

    `low` and `high` are a 95 % bootstrap interval over draws, seeds and images; `p_holm` is adjusted for the rows of
    the block.
    """

    mean: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_holm: float | None
    n_images: int


class Row(_Part):
    """A recipe, the teachers of some recipes, or the floor, at one number of labels.

    `best` are the figures of the weights that val chose, `last` those of the last ones, by name. `difference` is that
    of radial errors (negative: better), `dice_difference` that of the regions' Dice (positive: better).
    `interval` is a 95 % bootstrap interval of the mean radial error over draws, seeds and images; a single run has
    none. Both are in the unit of the table.
    """

    name: str
    kind: Literal["student", "teacher", "floor"]
    runs: tuple[str, ...]
    n_wanted: int
    best: dict[str, Figure]
    last: dict[str, Figure]
    difference: Difference | None = None
    dice_difference: Difference | None = None
    interval: tuple[float, float] | None = None


class Block(_Part):
    """One table: all rows at one number of labels and draw, or over several draws.

    `judgement` are the tests of the landmarks of one draw, over all seeds. `unit` is that of radial errors: millimetres
    where every image has a spacing, else pixels, in which tables of earlier versions always were.
    """

    title: str
    labels: int
    draws: tuple[int | str, ...]
    spread: Literal["seeds", "draws"]
    rows: tuple[Row, ...]
    judgement: Judgement | None = None
    unit: Literal["px", "mm"] = "px"

    @property
    def mean_name(self) -> str:
        """Name of the mean radial error in the unit of the table."""
        return f"mean_radial_error_{self.unit}"

    @field_serializer("judgement")
    def _without_nan(self, judgement: Judgement | None) -> dict[str, Any] | None:
        return None if judgement is None else judgement.to_json()

    @field_validator("judgement", mode="before")
    @classmethod
    def _with_nan(cls, values: Any) -> Any:
        return with_nan(values) if isinstance(values, dict) else values


class RunFigures(_Part):
    """One run with what it was made from and its own figures; `seconds` is what its training took."""

    run: str
    row: str
    labels: int
    draw: int | str
    seed: int
    teachers: tuple[str, ...]
    start: str
    best: dict[str, float | None]
    last: dict[str, float | None]
    seconds: float | None


class Search(_Part):
    """What was tuned: the settings chosen, and every trial as (settings, run, score on val, message)."""

    row: str
    chosen: tuple[str, ...]
    trials: tuple[tuple[tuple[str, ...], str, float | None, str], ...]


class StudyResult(_Part):
    """All that a study came to. `key` stands for the runs and the truth that it rests on."""

    key: str
    study: dict[str, Any]
    project: str
    split: str
    images: tuple[str, ...]
    baseline: str
    blocks: tuple[Block, ...]
    runs: tuple[RunFigures, ...]
    searches: tuple[Search, ...] = ()
    failed: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> Literal["px", "mm"]:
        """Unit of the radial errors in the tables, the same in all: they are of the same images."""
        return next((block.unit for block in self.blocks), "px")


def write_result(folder: Path, result: StudyResult) -> tuple[Path, ...]:
    """Write a study's result as JSON, its tables and its runs as CSV; gives the files.

    Raises
    ------
    ProjectError
        If they cannot be written.
    """
    texts = {
        TABLE: csv_of_table(result),
        RUNS: csv_of_runs(result),
        TESTS: _csv(lines_of_tests(result.blocks)),
        # Last: it says that the result is there.
        RESULTS: result.model_dump_json(indent=1) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            beside = folder / f".{name}.part"
            beside.write_text(text, encoding="utf-8")
            beside.replace(folder / name)
    except OSError as error:
        raise ProjectError(f"Cannot write into {folder}: {error}. Free space or make it writable.") from error
    return tuple(folder / name for name in texts)


def read_result(folder: Path) -> StudyResult | None:
    """Read a study's result; `None` where there is none that this version can read."""
    try:
        return StudyResult.model_validate_json((folder / RESULTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def csv_of_table(result: StudyResult) -> str:
    """Write the tables as CSV, one line a row, full precision, empty where there is no value.

    The heads of differences and of the mean's interval say their unit, which is that of the tables.
    """
    names, unit = _names(result), result.unit
    figures = [f"{which}{name}{sd}" for which in ("", "last_") for name in names for sd in ("", "_sd")]
    parts = [name for name in Difference.model_fields if name != "n_images"]
    differences = [f"{which}_{part}" for which in (f"difference_{unit}", "difference_dice") for part in parts]
    with_ends = [name for name in names if any(_ends_of(row, name) for block in result.blocks for row in block.rows)]
    own = [f"{name}_{end}" for name in (f"mean_radial_error_{unit}", *with_ends) for end in ("low", "high")]
    lines: list[list[object]] = [["labels", "draw", "row", "kind", "n_runs", *figures, *differences, *own]]
    for block in result.blocks:
        draw = "+".join(map(str, block.draws))
        for row in block.rows:
            cells = [
                value
                for values in (row.best, row.last)
                for name in names
                for value in ((values[name].mean, values[name].sd) if name in values else (None, None))
            ]
            of = [getattr(one, part, None) for one in (row.difference, row.dice_difference) for part in parts]
            ends = [end for name in with_ends for end in _ends_of(row, name) or (None, None)]
            ends = [*(row.interval or (None, None)), *ends]
            lines.append([block.labels, draw, row.name, row.kind, len(row.runs), *cells, *of, *ends])
    return _csv(lines)


def _ends_of(row: Row, name: str) -> tuple[float, float] | None:
    """Give the interval of a figure other than the mean, which has its own in the row."""
    figure = row.best.get(name)
    if figure is None or figure.low is None or figure.high is None:
        return None
    return figure.low, figure.high


def csv_of_runs(result: StudyResult) -> str:
    """Write the runs as CSV, one line a run."""
    names = _names(result)
    head = ["run", "row", "labels", "draw", "seed", "teachers", "start", "seconds"]
    lines: list[list[object]] = [[*head, *names, *(f"last_{name}" for name in names)]]
    for run in result.runs:
        facts = [run.run, run.row, run.labels, run.draw, run.seed, " ".join(run.teachers), run.start, run.seconds]
        lines.append([*facts, *(values.get(name) for values in (run.best, run.last) for name in names)])
    return _csv(lines)


def _names(result: StudyResult) -> list[str]:
    """Name the figures that at least one row has."""
    return list(dict.fromkeys(name for block in result.blocks for row in block.rows for name in row.best))


def _csv(lines: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["" if cell is None or cell != cell else cell for cell in line] for line in lines])
    return out.getvalue()
