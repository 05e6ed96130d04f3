"""The figures of a comparison taken apart: every landmark and every group of the scheme, run by run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.columns import INVENTED, MISSING
from napari_kdland.evaluation.comparison import RowKind
from napari_kdland.evaluation.comparison_tables import best_run, metric_cell
from napari_kdland.evaluation.groups import by_group
from napari_kdland.evaluation.metrics import plain_values
from napari_kdland.evaluation.report_tables import Cell, Table
from napari_kdland.evaluation.scoring import only_landmarks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.comparison import Comparison, Row
    from napari_kdland.evaluation.scoring import Evaluation

By = Literal["landmark", "group"]
# Two columns of a table of runs: the run's name, and how many errors its figures rest on.
_RUN, _N = "Run", "n"


class _Part(NamedTuple):
    """One landmark or group: its name and title, and what each row of the comparison made of it."""

    name: str
    title: str
    evaluations: tuple[Evaluation, ...]


def breakdown_table(comparison: Comparison, by: By, titles: Mapping[str, str] | None = None) -> Table | None:
    """Give all figures of each landmark, or of each group, a row a run; `None` where the scheme names no group.

    Errors are in the unit of the comparison. Of a group the image is the unit, as over all landmarks: errors are
    averaged over its landmarks in an image first. A landmark is its own mean in an image.

    Parameters
    ----------
    titles
        Of the landmarks, by name; by default the name with blanks.
    """
    body = []
    metrics = _metrics(comparison)
    for part in _parts(comparison, by, titles or {}):
        columns = [[metric.value(of) for of in part.evaluations] for metric in metrics]
        best = [
            best_run(values, _rows(comparison), metric.better) for values, metric in zip(columns, metrics, strict=True)
        ]
        for place, (row, of) in enumerate(zip(_rows(comparison), part.evaluations, strict=True)):
            n = of.summary.n_landmarks
            marked = row.kind is not RowKind.FLOOR
            cells = (
                metric_cell(metric, values[place], is_best=marked and values[place] == one)
                for values, metric, one in zip(columns, metrics, best, strict=True)
            )
            body.append((part.title, (Cell(row.name), Cell(str(n), n), *cells)))
    if not body:
        return None
    head = (by.capitalize(), _RUN, _N, *(metric.heading for metric in metrics))
    return Table(f"by_{by}", f"All figures by {by}", _caption(comparison, by), head, tuple(body))


def breakdown_json(comparison: Comparison, by: By) -> list[dict[str, object]]:
    """Give the same for `json.dumps`, one dictionary a landmark or group and run."""
    metrics = _metrics(comparison)
    found: list[dict[str, object]] = []
    for part in _parts(comparison, by, {}):
        for row, of in zip(_rows(comparison), part.evaluations, strict=True):
            values = {metric.name: metric.value(of) for metric in metrics}
            found.append(plain_values({by: part.name, "run": row.name, "n": of.summary.n_landmarks, **values}))
    return found


def breakdown_text(comparison: Comparison, by: By, titles: Mapping[str, str] | None = None) -> str:
    """Write the figures of each landmark or group as aligned plain text.

    Raises
    ------
    UsageError
        If there is nothing to take apart.
    """
    if not comparison.names:
        raise UsageError(f"The runs learn no landmarks, so there are no figures by {by}. Leave out --by.")
    table = breakdown_table(comparison, by, titles)
    if table is None:
        raise UsageError("The scheme of the project names no groups of landmarks. Take --by landmark instead.")
    rates = [metric.heading for metric in _metrics(comparison) if metric.table == "detection"]
    errors = _without(table, rates)
    shares = _without(replace(table, title="", caption=""), set(table.head) - {table.head[0], _RUN, *rates})
    # Side by side they are wider than any terminal.
    return f"{replace(errors, caption='').text}\n{shares.text}\n{table.caption}\n"


def _without(table: Table, heads: Collection[str]) -> Table:
    kept = [place for place, head in enumerate(table.head[1:]) if head not in heads]
    return replace(
        table,
        head=(table.head[0], *(table.head[1 + place] for place in kept)),
        rows=tuple((name, tuple(cells[place] for place in kept)) for name, cells in table.rows),
    )


def tables_of_runs(table: Table) -> tuple[tuple[str, Table], ...]:
    """Give a table of many runs as one for each run, by its name."""
    place = table.head.index(_RUN) - 1
    rows: dict[str, list[tuple[str, tuple[Cell, ...]]]] = {}
    for row in table.rows:
        rows.setdefault(row[1][place].text, []).append(row)
    return tuple(
        (run, _without(replace(table, name=f"{table.name}_{number_of}", rows=tuple(of)), (_RUN,)))
        for number_of, (run, of) in enumerate(rows.items(), start=1)
    )


def _parts(comparison: Comparison, by: By, titles: Mapping[str, str]) -> list[_Part]:
    evaluations = [row.evaluation for row in _rows(comparison)]
    if not evaluations:
        return []
    if by == "landmark":
        return [
            _Part(
                name, titles.get(name, name.replace("_", " ")), tuple(only_landmarks(of, (name,)) for of in evaluations)
            )
            for name in comparison.names
        ]
    return [
        _Part(of[0].name, f"{of[0].title} ({len(of[0].landmarks)})", tuple(one.evaluation for one in of))
        for of in zip(*map(by_group, evaluations), strict=True)
    ]


def _rows(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.rows if row.evaluation.geometry is not None]


def _metrics(comparison: Comparison) -> list[Metric]:
    """Errors in the unit of the comparison, what was missed or invented, and detection rates that have a value."""
    told = {
        table: [metric for metric in comparison.metrics if metric.table == table and metric.is_in(comparison.unit)]
        for table in ("errors", "detection")
    }
    return [*told["errors"], MISSING, INVENTED, *told["detection"]]


def _caption(comparison: Comparison, by: By) -> str:
    unit = "millimetres" if comparison.unit == "mm" else "pixels of the original image"
    counted = "errors measured" if by == "landmark" else "errors measured, over all landmarks of the group"
    spread = (
        "" if by == "landmark" else "; mean and SD over images, each averaged over the landmarks of the group first"
    )
    return (
        f"Errors in {unit}; n: {counted}{spread}. A landmark that was not predicted is in no error, and not detected; "
        "a dash where there is nothing to measure."
    )
