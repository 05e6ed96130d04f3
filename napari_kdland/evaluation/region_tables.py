"""Region figures of runs side by side, as text for the terminal and as CSV."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.evaluation.comparison_tables import cells_of_test, heads_of_tests
from napari_kdland.evaluation.report_tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from napari_kdland.evaluation.region_judging import RegionTests
    from napari_kdland.evaluation.regions import RegionEvaluation, RegionSummary, Spread

# Name of the row that holds all regions together.
ALL = "all regions"
_FIGURES = (
    ("dice", "Dice", "%"),
    ("hd95_px", "HD95", "px"),
    ("assd_px", "ASSD", "px"),
    ("hd95_mm", "HD95", "mm"),
    ("assd_mm", "ASSD", "mm"),
)


class RegionCell(NamedTuple):
    """One figure of one run in words, and whether no run is better."""

    text: str
    is_best: bool


@dataclass(frozen=True)
class RegionRow:
    """One region of one run in words; figures in the order of `region_headings`."""

    region: str
    run: str
    figures: tuple[RegionCell, ...]
    n_images: int
    n_missing: int
    n_invented: int


def region_headings(by_run: Mapping[str, RegionEvaluation]) -> tuple[str, ...]:
    """Give the heads of the figures that at least one run has."""
    return tuple(f"{title} ({unit})" for _, title, unit in _shown(by_run))


def region_rows(by_run: Mapping[str, RegionEvaluation]) -> list[RegionRow]:
    """Give the rows of the table: all regions together, then one region after the other, run by run."""
    rows = []
    for region in (ALL, *dict.fromkeys(name for one in by_run.values() for name in one.names)):
        summaries = {run: of for run, one in by_run.items() if (of := _summary(one, region)) is not None}
        best = {key: _best(key, summaries) for key, _, _ in _FIGURES}
        for run, of in summaries.items():
            cells = tuple(_cell(getattr(of, key), unit, best[key]) for key, _, unit in _shown(by_run))
            rows.append(RegionRow(region, run, cells, of.n_images, of.n_missing, of.n_invented))
    return rows


def region_caption(by_run: Mapping[str, RegionEvaluation]) -> str:
    """Say on what the figures rest."""
    counts = sorted({len(one.images) for one in by_run.values()})
    n_images = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"Regions in {n_images} images; mean (SD) and median over images; a region that was missed has Dice 0 and no "
        "distance"
    )


def region_text_table(by_run: Mapping[str, RegionEvaluation]) -> str:
    """Write the region figures of runs as aligned plain text."""
    head = ("", "", *region_headings(by_run), "Images", "Missing", "Invented")
    body = []
    for row in region_rows(by_run):
        figures = [f"{cell.text} {'*' if cell.is_best else ' '}" for cell in row.figures]
        body.append((row.region, row.run, *figures, str(row.n_images), str(row.n_missing), str(row.n_invented)))
    widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
    lines = [_aligned(line, widths) for line in (head, *body)]
    lines.insert(1, "-" * max(map(len, lines)))
    if len(by_run) > 1:
        lines.append("* best mean")
    return "\n".join([region_caption(by_run), "", *(line.rstrip() for line in lines)]) + "\n"


def region_csv(by_run: Mapping[str, RegionEvaluation]) -> str:
    """Write the region figures of runs as CSV, one row a run and region, full precision, empty for no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("mean", "sd", "median")
    figures = [f"{part}_{key}" for key, _, _ in _FIGURES for part in parts]
    writer.writerow(["run", "region", *figures, "n_images", "n_missing", "n_invented"])
    for run, one in by_run.items():
        for region in (ALL, *one.names):
            of = _summary(one, region)
            spreads = [getattr(of, key) for key, _, _ in _FIGURES]
            values = [None if spread is None else getattr(spread, part) for spread in spreads for part in parts]
            cells = ["" if value is None or math.isnan(value) else repr(float(value)) for value in values]
            writer.writerow([run, region, *cells, *_counts(of)])
    return out.getvalue()


def region_tests_tables(tests: Sequence[RegionTests]) -> list[Table]:
    """Give the tests of each figure against the baseline."""
    tables = []
    for of in tests:
        judged = of.judgement.against_baseline
        unit, against = of.judgement.unit, judged[0].against
        better = "positive" if judged[0].higher_is_better else "negative"
        caption = (
            f"{of.figure} of each run against {against} on the same images, regions that both have; {better} "
            f"differences are better. Wilcoxon's signed-rank test, Holm's adjustment over the {len(judged)} of this "
            "table; what is detectable is at 5 % divided by as many."
        )
        body = tuple((test.name, cells_of_test(test)) for test in judged)
        name = f"tests_regions_{of.figure.lower()}"
        tables.append(
            Table(name, f"{of.figure}: tests against {against}", caption, ("Run", *heads_of_tests(unit)), body)
        )
    return tables


def _shown(by_run: Mapping[str, RegionEvaluation]) -> Iterator[tuple[str, str, str]]:
    for key, title, unit in _FIGURES:
        if any(getattr(one.overall, key) is not None for one in by_run.values()):
            yield key, title, unit


def _summary(evaluation: RegionEvaluation, region: str) -> RegionSummary | None:
    return evaluation.overall if region == ALL else evaluation.per_region.get(region)


def _counts(of: RegionSummary | None) -> tuple[int, int, int]:
    return (0, 0, 0) if of is None else (of.n_images, of.n_missing, of.n_invented)


def _best(key: str, summaries: Mapping[str, RegionSummary]) -> float | None:
    spreads: list[Spread | None] = [getattr(of, key) for of in summaries.values()]
    means = {spread.mean for spread in spreads if spread is not None and math.isfinite(spread.mean)}
    if len(means) < 2:
        return None
    return max(means) if key == "dice" else min(means)


def _cell(spread: Spread | None, unit: str, best: float | None) -> RegionCell:
    if spread is None or math.isnan(spread.mean):
        return RegionCell("-", False)
    scale = 100 if unit == "%" else 1
    mean, sd, median = (f"{scale * value:.1f}" for value in (spread.mean, spread.sd, spread.median))
    text = f"{mean}, {median}" if math.isnan(spread.sd) else f"{mean} ({sd}), {median}"
    return RegionCell(text, spread.mean == best)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)]
    return "  ".join([*left, *(cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True))])
