"""The charts of a report with their words: what they show, and what is read to those who cannot see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation import figures, further_figures, uncertainty_figures
from napari_kdland.evaluation.comparison_tables import index_agreements
from napari_kdland.evaluation.found_by import in_one_line
from napari_kdland.evaluation.indices import index_values, references
from napari_kdland.evaluation.report_tables import number
from napari_kdland.evaluation.uncertainty import Sureness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Index
    from napari_kdland.evaluation.comparison import Comparison
    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.found_by import FoundOfRun
    from napari_kdland.evaluation.ranking import Ranking

    Encodings = Mapping[str, Encoding]


@dataclass(frozen=True)
class Chart:
    """One chart: a name that is unique in the page, words over and under it, words in its place, and its SVG."""

    name: str
    title: str
    alt: str
    caption: str
    svg: str


def error_charts(comparison: Comparison, chosen: Encodings, titles: Mapping[str, str]) -> list[Chart]:
    """Give cumulative errors, paired differences where there are several runs, and errors by landmark."""
    unit = comparison.unit
    pools = {row.name: figures.errors_of(row, unit) for row in comparison.rows}
    medians = "; ".join(
        f"{name} {np.median(pool[np.isfinite(pool)]):.1f} {unit}" if np.isfinite(pool).any() else f"{name} not measured"
        for name, pool in pools.items()
    )
    beyond = figures.n_beyond(comparison)
    cut = f" {beyond} larger {'error lies' if beyond == 1 else 'errors lie'} beyond the axis." if beyond else ""
    charts = [
        Chart(
            "cumulative",
            "How many landmarks lie how close",
            f"Cumulative error curves. Half of the landmarks lie within: {medians}.",
            f"Share of landmarks whose radial error is at most the value on the axis; higher is better.{cut}",
            figures.svg(figures.cumulative_errors(comparison, chosen), "cumulative"),
        )
    ]
    if len(comparison.runs) > 1:
        verdicts = "; ".join(f"{row.name}: {row.verdict}" for row in comparison.runs[1:])
        charts.append(
            Chart(
                "differences",
                f"Image by image against {comparison.baseline.name}",
                f"Paired differences. {verdicts}.",
                "A dot is an image, the symbol the mean over images, the bar its 95 % bootstrap interval. With six "
                "images or more, a bar that leaves out zero shows more than chance.",
                figures.svg(figures.paired_differences(comparison, chosen), "differences"),
            )
        )
    charts.append(
        Chart(
            "landmarks",
            "Errors by landmark",
            "Box plots of the radial errors of each landmark; the table below holds their means.",
            f"Box: quartiles, with the median. Whiskers: 1.5 times the box. Dots: landmarks beyond.{cut}",
            figures.svg(figures.landmark_errors(comparison, chosen, titles), "landmarks"),
        )
    )
    return charts


def rank_chart(ranking: Ranking, chosen: Encodings) -> Chart:
    """Give the mean ranks of three and more runs."""
    ranks = zip(ranking.mean_ranks, ranking.names, strict=True)
    listed = "; ".join(f"{name} {mean_rank:.2f}" for mean_rank, name in sorted(ranks))
    p = "p < 0.001" if ranking.p_value < 0.001 else f"p = {ranking.p_value:.3f}"
    return Chart(
        "ranks",
        "Mean ranks",
        f"Critical-difference diagram. Mean ranks, 1 is best: {listed}.",
        f"Runs ranked in each of {ranking.n_images} images by their mean error. A bar joins runs whose mean ranks lie "
        f"less than the critical difference apart (Nemenyi, 5 %): these are not shown to differ. Friedman's test: {p}.",
        figures.svg(further_figures.critical_difference(ranking, chosen), "ranks"),
    )


def index_chart(
    comparison: Comparison, index: Index, chosen: Encodings, given: Mapping[str, float] | None = None
) -> Chart | None:
    """Give the agreement of each run on an index (Bland and Altman); `None` where none could be measured."""
    rows = {row.name: row.evaluation for row in comparison.runs if row.evaluation.geometry is not None}
    of = {name: one for name, one in index_agreements(comparison, index, given).items() if name in rows and one.n}
    if not of:
        return None
    found = {name: index_values(index, rows[name]) for name in of}
    reference = references(index, next(iter(rows.values())), given)
    said = "; ".join(
        f"{name}: bias {number(one.bias, 3, signed=True).text}, limits {number(one.low, 3, signed=True).text} to "
        f"{number(one.high, 3, signed=True).text}"
        for name, one in of.items()
    )
    return Chart(
        f"agreement-{index.name}",
        f"{index.title}: agreement",
        f"Bland-Altman plots. {said}.",
        "A symbol is an image: the difference of run and reference over their mean. The line is the bias, the dashed "
        "lines are the limits within which 95 % of the differences would lie, were they normal.",
        figures.svg(further_figures.agreements(found, reference, of, chosen), f"agreement-{index.name}"),
    )


def sureness_charts(
    comparison: Comparison,
    sd_px: Mapping[str, NDArray[np.float64]],
    chosen: Encodings,
    found_by: Mapping[str, FoundOfRun] | None = None,
) -> list[Chart]:
    """Give reliability and sparsification of the runs whose standard deviations (N, L) are known; none for too few."""
    errors = {row.name: row.evaluation.errors_px for row in comparison.runs}
    judged = {name: Sureness.of(errors[name], sd) for name, sd in sd_px.items()}
    judged = {name: one for name, one in judged.items() if len(one.sparsification.removed) > 1}
    if not judged:
        return []
    off = "; ".join(f"{name} {one.reliability.ence:.2f}" for name, one in judged.items())
    ways = in_one_line({name: way for name, way in (found_by or {}).items() if name in judged})
    found = f" Standard deviations come from: {ways}." if ways else ""
    area = "; ".join(f"{name} {one.sparsification.ause:.2f}" for name, one in judged.items())
    return [
        Chart(
            "reliability",
            "How sure the runs are, and how wrong",
            f"Reliability diagram. Expected normalised calibration error, 0 is best: {off}.",
            "Landmarks in bins of equally many, the surest on the left. On the dashed line the error is as large as "
            "the standard deviation says; above it the run is too sure. Standard deviations are scaled by landmark to "
            f"the errors on val, where val has labels.{found}",
            figures.svg(uncertainty_figures.reliability_chart(judged, chosen), "reliability"),
        ),
        Chart(
            "sparsification",
            "What is left when the least sure are taken out",
            f"Sparsification curves. Area between curve and best order, 0 is best: {area}.",
            "Mean error of the landmarks that are left when those of the largest standard deviation are taken out. "
            "Dotted: taken out by their error, the best order there can be. A flat line tells nothing of the errors."
            f"{found}",
            figures.svg(uncertainty_figures.sparsification_chart(judged, chosen), "sparsification"),
        ),
    ]
