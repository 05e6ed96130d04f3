"""A comparison as text for the terminal and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.comparison import Comparison, Row, RowKind
from napari_kdland.evaluation.region_tables import region_text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.evaluation.columns import Metric


def text_table(comparison: Comparison, metrics: Sequence[Metric] | None = None) -> str:
    """Write a comparison as aligned plain text: landmarks, one verdict a line below them, then regions.

    Parameters
    ----------
    metrics
        Columns; by default the main ones of the comparison, less counts that are zero in every row.
    """
    parts = [_landmark_text(comparison, metrics)] if comparison.names else []
    parts += [region_text_table(comparison.regions)] if comparison.regions else []
    told = [f"{run}, {said}." for of in comparison.region_tests for run, said in of.sentences.items()]
    parts += (
        ["".join(f"{line}\n" for line in [*told, "", *_power_of_regions(comparison)]).rstrip() + "\n"] if told else []
    )
    # Below landmarks they stand with the other notes.
    parts += ["\n".join(comparison.remarks) + "\n"] if comparison.remarks and not comparison.names else []
    return "\n".join(parts)


def _power_of_regions(comparison: Comparison) -> list[str]:
    """Say what the test of Dice could have seen."""
    return [f"Dice: {line}" for of in comparison.region_tests if of.figure == "Dice" for line in of.judgement.sentences]


def _landmark_text(comparison: Comparison, metrics: Sequence[Metric] | None) -> str:
    if metrics is None:
        metrics = [metric for metric in metrics_in_unit(comparison) if metric.is_main]
    head = ["", *(metric.heading for metric in metrics)]
    body = [[_name(row), *(_cell(row, metric) for metric in metrics)] for row in comparison.rows]
    lines = [caption(comparison), "", *_aligned([head, *body])]
    if len(comparison.rows) > 1:
        lines.append(f"* best; in brackets: difference from {comparison.baseline.name}")
    lines += ["", *_own_intervals(comparison)]
    lines += ["", *(f"{row.name}: {row.verdict}." for row in comparison.rows if row.verdict)]
    if comparison.judgement is not None and comparison.judgement.sentences:
        lines += ["", *comparison.judgement.sentences]
    lines += ["", *notes(comparison)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _own_intervals(comparison: Comparison) -> list[str]:
    """Say between which ends mean and median of each run lie; nothing for a single image."""
    names = [f"{which}_radial_error_{comparison.unit}" for which in ("mean", "median")]
    metrics = [metric for metric in comparison.metrics if metric.name in names]
    lines = []
    for row in comparison.runs:
        told = [
            f"{metric.title.lower()} {metric.text(row.values[metric.name])} ({metric.between(ends)})"
            for metric in metrics
            if (ends := row.intervals.get(metric.name)) is not None
        ]
        lines += [f"{row.name}: {', '.join(told)} {comparison.unit}"] if told else []
    return ["95 % intervals over images:", *lines] if lines else []


def telling_metrics(comparison: Comparison) -> tuple[Metric, ...]:
    """Give the metrics that say something here: counts that are zero in every row are left out."""
    return tuple(
        metric
        for metric in comparison.metrics
        if metric.unit or any(row.values[metric.name] for row in comparison.rows)
    )


def metrics_in_unit(comparison: Comparison) -> tuple[Metric, ...]:
    """Give the metrics that say something here, with errors in the unit of the comparison only."""
    return tuple(metric for metric in telling_metrics(comparison) if metric.is_in(comparison.unit))


def caption(comparison: Comparison) -> str:
    """Say on what the figures rest."""
    n_images, n_landmarks = len(comparison.images), len(comparison.names)
    outlier_px = comparison.baseline.evaluation.summary.outlier_px
    unit = "millimetres" if comparison.unit == "mm" else "pixels of the original image"
    return (
        f"{_counted(n_images, 'image')}, {_counted(n_landmarks, 'landmark')}; errors in {unit}; "
        f"outlier: more than {outlier_px:g} px off, or not predicted"
    )


def notes(comparison: Comparison) -> tuple[str, ...]:
    """Say what is not in the figures."""
    lines = [*comparison.remarks]
    without_truth = comparison.without_truth
    if without_truth:
        listed = ", ".join(without_truth[:5]) + (", ..." if len(without_truth) > 5 else "")
        n = _counted(len(without_truth), "image")
        lines.append(f"Without annotated landmarks, and so in no figure: {n} ({listed}).")
    without_spacing = comparison.baseline.evaluation.without_spacing
    if without_spacing and len(without_spacing) < len(comparison.images):
        n = _counted(len(without_spacing), "image")
        lines.append(
            f"{n} of {len(comparison.images)} without a pixel spacing, so everything here is in pixels; a report has "
            "the errors of the others in millimetres, as a table of its own."
        )
    lines += _different_pixels(comparison)
    lines += _never_measured(comparison)
    for row in comparison.runs:
        missing, invented = row.evaluation.presence.n_missing, row.evaluation.presence.n_invented
        if missing:
            lines.append(f"{row.name} gave no point for {_counted(missing, 'landmark')} that the truth has.")
        if invented:
            lines.append(f"{row.name} gave a point for {_counted(invented, 'landmark')} that the truth calls absent.")
    return tuple(lines)


def _different_pixels(comparison: Comparison) -> list[str]:
    """Say that errors in pixels are pooled over images whose pixels are not of one size."""
    geometry = comparison.baseline.evaluation.geometry
    if comparison.unit == "mm" or geometry is None:
        return []
    unequal = geometry.unequal_spacings_mm
    if unequal is None:
        return []
    n_spaced = _counted(int(geometry.has_spacing.sum()), "image")
    return [
        f"Errors in pixels are pooled over pixels of different sizes: those of the {n_spaced} with a spacing "
        f"measure {unequal[0]:.3g} to {unequal[1]:.3g} mm, so that one pixel is not the same length in all images."
    ]


def _never_measured(comparison: Comparison) -> list[str]:
    """Name landmarks that no image of the truth has, and those that a run never gave."""
    placed = comparison.baseline.evaluation.has_truth.sum(axis=0)
    never = [name for name, n_placed in zip(comparison.names, placed, strict=True) if not n_placed]
    lines = [f"Never placed in the truth, and so in no figure: {', '.join(never)}."] if never else []
    for row in comparison.runs:
        of = row.evaluation
        given = np.isfinite(of.errors_px).sum(axis=0)
        lost = [
            name for name, n_placed, n_given in zip(of.names, placed, given, strict=True) if n_placed and not n_given
        ]
        if lost:
            lines.append(f"{row.name} never gave a point for: {', '.join(lost)}.")
    return lines


def csv_table(comparison: Comparison) -> str:
    """Write a comparison as CSV, one row a run, full precision, empty where there is no value."""
    names = [metric.name for metric in comparison.metrics]
    own = [name for name in names if any(name in row.intervals for row in comparison.rows)]
    deltas = [metric.name for metric in comparison.metrics if metric.better is not None]
    ends = [f"{name}_{end}" for name in own for end in ("low", "high")]
    head = ["run", "kind", "n_images", *names, *ends, *(f"difference_{name}" for name in deltas)]
    unit = comparison.unit
    head += [f"{name}_{unit}" for name in ("paired_difference", "ci_low", "ci_high", "median_paired_difference")]
    head += ["p_value", "p_holm", "n_paired_images", "verdict"]
    rows = [
        [
            row.name,
            row.kind.value,
            row.evaluation.summary.n_images,
            *(row.values[name] for name in names),
            *(end for name in own for end in row.intervals.get(name, (None, None))),
            *(row.deltas.get(name) for name in deltas),
            *_difference_cells(row),
            row.verdict,
        ]
        for row in comparison.rows
    ]
    return _csv([head, *rows])


def errors_csv(comparison: Comparison) -> str:
    """Write every single error as CSV: run,image,landmark,error_px[,error_mm]; empty where it was not measured."""
    has_mm = any(row.evaluation.errors_mm is not None for row in comparison.rows)
    rows: list[list[object]] = [["run", "image", "landmark", "error_px", *(["error_mm"] if has_mm else [])]]
    for row in comparison.rows:
        of = row.evaluation
        for i, image in enumerate(of.images):
            for j, name in enumerate(of.names):
                errors = [of.errors_px[i, j], *([] if of.errors_mm is None else [of.errors_mm[i, j]])]
                rows.append([row.name, image, name, *errors])
    return _csv(rows)


def _difference_cells(row: Row) -> list[object]:
    test = row.difference
    if test is None:
        return [None] * 7
    low, high = test.mean_interval or (None, None)
    return [test.mean, low, high, test.median, test.p_value, test.p_holm, test.n_images]


def _csv(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None or cell != cell else _plain(cell) for cell in row])
    return out.getvalue()


def _plain(cell: object) -> object:
    return repr(float(cell)) if isinstance(cell, float) else cell


def _name(row: Row) -> str:
    return row.name if row.kind is RowKind.RUN else f"{row.name} ({row.kind.value})"


def _cell(row: Row, metric: Metric) -> str:
    text = metric.text(row.values[metric.name])
    if metric.name in row.deltas:
        text += f" ({metric.text(row.deltas[metric.name], signed=True)})"
    return f"{text} {'*' if metric.name in row.best else ' '}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells))
    lines.insert(1, "-" * max(len(line) for line in lines))
    return lines


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
