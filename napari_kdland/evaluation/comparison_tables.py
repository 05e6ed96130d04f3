"""The tables that a comparison gives: errors in each unit, detection, presence, tests, landmarks, indices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_kdland.evaluation.comparison import FLOOR, Comparison, Row, RowKind
from napari_kdland.evaluation.groups import presence_by_landmark
from napari_kdland.evaluation.indices import Agreement, agreement, index_values, references
from napari_kdland.evaluation.presence import Presence
from napari_kdland.evaluation.report_tables import Cell, Table, best_of, interval, number, p_value
from napari_kdland.evaluation.scoring import only_images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.anatomy import Index
    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.judging import Judgement, PairTest
    from napari_kdland.evaluation.scoring import Evaluation

Unit = Literal["px", "mm"]


def error_tables(comparison: Comparison) -> list[Table]:
    """Give the radial errors, one table a unit: nothing is ever averaged over both.

    Where only some of the images have a spacing, the table in millimetres is that of these images alone, and says so.
    """
    n = len(comparison.images)
    tables = [_metrics_table(comparison, "errors", "px", f"Radial errors in pixels; all {_images(n)}.")]
    if comparison.unit == "mm":
        tables = [replace(tables[0], caption=f"{tables[0].caption}{_sizes_of_pixels(comparison)}")]
        of_all = _metrics_table(comparison, "errors", "mm", f"Radial errors in millimetres; all {_images(n)}.")
        return [of_all, *tables]
    without = set(comparison.baseline.evaluation.without_spacing)
    spaced = tuple(image for image in comparison.images if image not in without)
    if not spaced:
        return tables
    caption = (
        f"Radial errors in millimetres of the {len(spaced)} of {n} images that have a pixel spacing. The other "
        f"{len(without)} are in the table in pixels only, so the two tables are not of the same images."
    )
    return [*tables, _metrics_table(_restricted(comparison, spaced), "errors", "mm", caption)]


def _sizes_of_pixels(comparison: Comparison) -> str:
    geometry = comparison.baseline.evaluation.geometry
    unequal = None if geometry is None else geometry.unequal_spacings_mm
    if unequal is None:
        return ""
    low, high = unequal
    return f" The pixels are of different sizes, {low:.3g} to {high:.3g} mm, so millimetres tell more."


def detection_table(comparison: Comparison) -> Table | None:
    """Give the shares of landmarks within each radius."""
    caption = "Share of landmarks within each radius; a landmark that was not predicted is not detected."
    table = _metrics_table(comparison, "detection", None, caption)
    return table if len(table.head) > 1 else None


def presence_table(comparison: Comparison, titles: Mapping[str, str] | None = None) -> Table | None:
    """Give the landmarks for which truth and a run disagree on whether they are there; `None` where none is absent."""
    told = {row.name: presence_by_landmark(row.evaluation) for row in comparison.runs}
    body = [
        (
            (titles or {}).get(name, _words(name)),
            (
                Cell(run),
                *(_count(n) for n in (of.n_found, of.n_missing, of.n_invented, of.n_rightly_absent, of.n_unknown)),
            ),
        )
        for name in comparison.names
        if any(by_name[name] != _all_found(by_name[name]) for by_name in told.values())
        for run, of in ((run, by_name[name]) for run, by_name in told.items())
    ]
    if not body:
        return None
    caption = (
        "Images in which truth and run say that a landmark is there, or absent; those in which it was never placed."
    )
    head = ("Landmark", "Run", "Found", "Missing", "Invented", "Rightly absent", "Never placed")
    return Table("presence", "Present and absent", caption, head, tuple(body))


def tables_of_tests(judgement: Judgement) -> list[Table]:
    """Give the tests against the baseline, against the best run where that is another one, and against teachers."""
    tests = judgement.against_baseline
    tables = [_tests_table("tests_baseline", tests, judgement.unit)] if tests else []
    if tests and judgement.best != tests[0].against:
        note = f" {judgement.best} was chosen as the best on the same images, so these differences flatter it."
        tables.append(_tests_table("tests_best", judgement.against_best, judgement.unit, note))
    teachers = dict.fromkeys(test.against for test in judgement.against_references if test.against != FLOOR)
    for place, teacher in enumerate(teachers, start=1):
        against = [test for test in judgement.against_references if test.against == teacher]
        tables.append(_tests_table(f"tests_teachers_{place}", against, judgement.unit))
    return tables


def landmark_table(comparison: Comparison, titles: Mapping[str, str]) -> Table:
    """Give the mean of each landmark by run; a dash for one that was never measured."""
    unit, rows = comparison.unit, comparison.rows
    body = []
    for place, name in enumerate(comparison.names):
        means = [_column_mean(row.evaluation, place, unit) for row in rows]
        best = best_run(means, rows, "lower")
        cells = tuple(
            number(mean, is_best=mean == best and row.kind is not RowKind.FLOOR)
            for mean, row in zip(means, rows, strict=True)
        )
        body.append((titles.get(name, _words(name)), cells))
    caption = f"Mean radial error of each landmark in {unit}; a dash where it was never placed or never predicted."
    heads = tuple(row.name for row in rows)
    return Table("landmarks", "Mean radial error by landmark", caption, (f"Landmark ({unit})", *heads), tuple(body))


def index_agreements(
    comparison: Comparison, index: Index, given: Mapping[str, float] | None = None
) -> dict[str, Agreement]:
    """Hold an index of every row against the truth's, or against values from elsewhere; by row."""
    return {
        row.name: agreement(index_values(index, row.evaluation), references(index, row.evaluation, given))
        for row in comparison.rows
        if row.evaluation.geometry is not None
    }


def index_table(comparison: Comparison, index: Index, given: Mapping[str, float] | None = None) -> Table:
    """Give how well each row agrees with the reference on an index."""
    agreements = index_agreements(comparison, index, given)
    body = [
        (
            name,
            (
                number(of.mean_absolute, 3),
                number(of.bias, 3, signed=True),
                interval(of.bias_interval, 3),
                interval(None if of.n < 2 else (of.low, of.high), 3),
                Cell(str(of.n), of.n),
                Cell(str(of.n_left_out), of.n_left_out),
            ),
        )
        for name, of in agreements.items()
    ]
    against = "the readers' landmarks" if given is None else "the values given"
    caption = f"{index.title} against that of {against}; differences are run minus reference."
    head = ("Run", "Mean absolute", "Bias", "95 % interval of bias", "Limits of agreement", "Images", "Not measured")
    return Table(index.name, index.title, caption, head, tuple(body))


def metric_cell(
    metric: Metric, value: float | None, *, is_best: bool = False, ends: tuple[float, float] | None = None
) -> Cell:
    """Give the cell of a metric; behind a share stands the number of per cent that its head promises."""
    if value is None or np.isnan(value):
        return number(None)
    scale = 100 if metric.unit == "%" else 1
    if ends is None:
        return Cell(metric.text(value), scale * value, is_best)
    low, high = ends
    return Cell(metric.text(value), scale * value, is_best, (scale * low, scale * high), metric.between(ends))


def _row_cell(row: Row, metric: Metric) -> Cell:
    is_best, ends = metric.name in row.best, row.intervals.get(metric.name)
    return metric_cell(metric, row.values[metric.name], is_best=is_best, ends=ends)


def _metrics_table(comparison: Comparison, which: str, unit: Unit | None, caption: str) -> Table:
    chosen = [
        metric for metric in comparison.metrics if metric.table == which and (unit is None or metric.unit == unit)
    ]
    body = tuple((row.name, tuple(_row_cell(row, metric) for metric in chosen)) for row in comparison.rows)
    name, title = (which, "Detection rates") if unit is None else (f"errors_{unit}", f"Radial errors in {unit}")
    if any(cell.between for _, cells in body for cell in cells):
        caption += " With 95 % bootstrap intervals over images."
    return Table(name, title, caption, ("Run", *(metric.heading for metric in chosen)), body)


def _restricted(comparison: Comparison, images: Sequence[str]) -> Comparison:
    from napari_kdland.evaluation.comparison import FLOOR, compare_evaluations

    chosen = {row.name: only_images(row.evaluation, images) for row in comparison.rows}
    floor = chosen.pop(FLOOR, None) if comparison.rows[-1].kind is RowKind.FLOOR else None
    return compare_evaluations(chosen, baseline=comparison.baseline.name, floor=floor)


def _tests_table(name: str, tests: Sequence[PairTest], unit: str, note: str = "") -> Table:
    against, with_seeds = tests[0].against, any(test.n_seeds != (1, 1) for test in tests)
    seeds = {test.name: (Cell(f"{test.n_seeds[0]} and {test.n_seeds[1]}"),) if with_seeds else () for test in tests}
    body = tuple((test.name, (*cells_of_test(test), *seeds[test.name])) for test in tests)
    head = ("Run", *heads_of_tests(unit), *(("Seeds",) if with_seeds else ()))
    averaged = " Errors are averaged over seeds; intervals are over seeds and images." if with_seeds else ""
    caption = (
        f"Each run against {against} on the same images, landmarks that both have; negative differences are better. "
        f"Wilcoxon's signed-rank test, Holm's adjustment over the {len(tests)} of this table; what is "
        f"detectable is at 5 % divided by as many.{averaged}{note}"
    )
    return Table(name, f"Tests against {against}", caption, head, body)


def heads_of_tests(unit: str) -> tuple[str, ...]:
    """Give the heads of the columns of `cells_of_test`."""
    return (
        f"Mean difference ({unit})",
        "95 % interval",
        f"Median difference ({unit})",
        "95 % interval",
        "Rank-biserial",
        "95 % interval",
        "p",
        "p (Holm)",
        f"Detectable ({unit})",
        "Images",
    )


def cells_of_test(test: PairTest) -> tuple[Cell, ...]:
    """Give the figures of a test."""
    images = f"{test.n_images}" + (f" ({test.n_left_out} left out)" if test.n_left_out else "")
    return (
        number(test.mean, 2, signed=True),
        interval(test.mean_interval, 2),
        number(test.median, 2, signed=True),
        interval(test.median_interval, 2),
        number(test.rank_biserial, 2, signed=True),
        interval(test.rank_biserial_interval, 2),
        p_value(test.p_value),
        p_value(test.p_holm),
        number(test.detectable, 2),
        Cell(images, test.n_images),
    )


def _column_mean(evaluation: Evaluation, place: int, unit: Unit) -> float | None:
    column = evaluation.errors_in(unit)[:, place]
    known = column[np.isfinite(column)]
    return float(known.mean()) if len(known) else None


def best_run(values: Sequence[float | None], rows: Sequence[Row], better: str | None) -> float | None:
    """Give the best value of the rows that are runs; the floor is no run."""
    return best_of([value for value, row in zip(values, rows, strict=True) if row.kind is not RowKind.FLOOR], better)


def _images(n: int) -> str:
    return "1 image" if n == 1 else f"{n} images"


def _count(n: int) -> Cell:
    return Cell(str(n), n)


def _all_found(of: Presence) -> Presence:
    return Presence(of.n_found, 0, 0, 0, 0)


def _words(name: str) -> str:
    return name.replace("_", " ")
