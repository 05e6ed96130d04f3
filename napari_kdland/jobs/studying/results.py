"""What a study came to: figures over seeds by recipe and label count, as JSON, CSV and text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from napari_kdland.errors import ProjectError
from napari_kdland.evaluation import Metric, all_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RESULTS, TABLE, RUNS = "results.json", "results.csv", "runs.csv"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """Mean and sample standard deviation over runs; no deviation of a single one."""

    mean: float | None
    sd: float | None


class Difference(_Part):
    """How a row differs from the baseline's, image by image, errors averaged over the seeds of each first.

    Negative: better. `low_px` and `high_px` are a 95 % bootstrap interval, `p_holm` is adjusted for the rows of the
    block.
    """

    mean_px: float | None
    low_px: float | None
    high_px: float | None
    p_value: float | None
    p_holm: float | None
    n_images: int


class Row(_Part):
    """A recipe, the teachers of some recipes, or the floor, at one number of labels.

    `best` are the figures of the weights that val chose, `last` those of the last ones, by metric.
    """

    name: str
    kind: Literal["student", "teacher", "floor"]
    runs: tuple[str, ...]
    n_wanted: int
    best: dict[str, Figure]
    last: dict[str, Figure]
    difference: Difference | None = None


class Block(_Part):
    """One table: all rows at one number of labels and draw, or over several draws."""

    title: str
    labels: int
    draws: tuple[int | str, ...]
    spread: Literal["seeds", "draws"]
    rows: tuple[Row, ...]


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
    """Write the tables as CSV, one line a row, full precision, empty where there is no value."""
    metrics = _metrics(result)
    figures = [f"{which}{name}{sd}" for which in ("", "last_") for name in metrics for sd in ("", "_sd")]
    differences = [name for name in Difference.model_fields if name != "n_images"]
    lines: list[list[object]] = [["labels", "draw", "row", "kind", "n_runs", *figures, *differences]]
    for block in result.blocks:
        draw = "+".join(map(str, block.draws))
        for row in block.rows:
            cells = [
                value
                for values in (row.best, row.last)
                for name in metrics
                for value in ((values[name].mean, values[name].sd) if name in values else (None, None))
            ]
            of = [None if row.difference is None else getattr(row.difference, name) for name in differences]
            lines.append([block.labels, draw, row.name, row.kind, len(row.runs), *cells, *of])
    return _csv(lines)


def csv_of_runs(result: StudyResult) -> str:
    """Write the runs as CSV, one line a run."""
    metrics = _metrics(result)
    head = ["run", "row", "labels", "draw", "seed", "teachers", "start", "seconds"]
    lines: list[list[object]] = [[*head, *metrics, *(f"last_{name}" for name in metrics)]]
    for run in result.runs:
        facts = [run.run, run.row, run.labels, run.draw, run.seed, " ".join(run.teachers), run.start, run.seconds]
        lines.append([*facts, *(values.get(name) for values in (run.best, run.last) for name in metrics)])
    return _csv(lines)


def text_of(result: StudyResult) -> str:
    """Write the tables as aligned plain text, with what was tuned and what is not done below them."""
    lines = [
        f"Study {result.study['name']} on {result.split}: {len(result.images)} images; errors in pixels of the "
        "original image; weights that val chose, in brackets the SD",
    ]
    for block in result.blocks:
        lines += ["", f"{block.title} (SD over {block.spread})", *_aligned(_table(block, result.baseline))]
    for search in result.searches:
        lines += ["", f"{search.row}, trials: {len(search.trials)}, chosen: {', '.join(search.chosen) or 'nothing'}"]
    lines += ["", *result.notes, *(f"Not done: {name}: {message}" for name, message in result.failed.items())]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _table(block: Block, baseline: str) -> list[list[str]]:
    has_last = any(row.kind != "floor" for row in block.rows)
    shown = [metric for metric in _main_metrics() if any(metric.name in row.best for row in block.rows)]
    first = shown[0]
    head = ["", "runs", *(metric.heading for metric in shown)]
    head += [f"{first.title}, last weights ({first.unit})"] if has_last else []
    rows = [[*head, f"difference from {baseline} (95 % CI)", "p (Holm)"]]
    for row in block.rows:
        n_runs = "" if row.kind == "floor" else str(len(row.runs))
        n_runs += f" of {row.n_wanted}" if len(row.runs) < row.n_wanted else ""
        cells = [row.name, n_runs, *(_cell(metric, row.best.get(metric.name)) for metric in shown)]
        cells += [_cell(first, row.last.get(first.name))] if has_last else []
        rows.append([*cells, *_difference(row.difference)])
    return rows


def _cell(metric: Metric, figure: Figure | None) -> str:
    if figure is None:
        return ""
    # One digit more than in single comparisons: the spread over seeds is small.
    scale, digits = (100.0, 1) if metric.unit == "%" else (1.0, 2)
    if figure.mean is None:
        return "-"
    text = f"{scale * figure.mean:.{digits}f}"
    return text if figure.sd is None else f"{text} ({scale * figure.sd:.{digits}f})"


def _difference(difference: Difference | None) -> list[str]:
    if difference is None or difference.mean_px is None:
        return ["", ""]
    text = f"{difference.mean_px:+.2f}"
    if difference.low_px is not None and difference.high_px is not None:
        text += f" ({difference.low_px:+.2f} to {difference.high_px:+.2f})"
    p = difference.p_holm
    return [text, "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"]


def _main_metrics() -> list[Metric]:
    return [metric for metric in all_metrics() if metric.is_main and metric.better and metric.unit]


def _metrics(result: StudyResult) -> list[str]:
    """Name the metrics that at least one row has a value for."""
    known = {name for block in result.blocks for row in block.rows for name in row.best}
    return [metric.name for metric in all_metrics() if metric.name in known]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]


def _csv(lines: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["" if cell is None else cell for cell in line] for line in lines])
    return out.getvalue()
