"""The cells of a report's table of figures: better and worse are said only where a test shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.evaluation.comparison import FLOOR, RowKind
from napari_kdland.evaluation.report_tables import DASH, interval, p_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.comparison import Comparison, Row
    from napari_kdland.evaluation.judging import PairTest
    from napari_kdland.evaluation.seeds import OverSeeds

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class FigureCell:
    """A figure, how far it lies from the baseline's, and what the tests show of that: better, worse, or nothing.

    `between` is the figure's own interval, where it has one.
    """

    text: str
    is_best: bool = False
    delta: str = ""
    verdict: str = ""
    between: str = ""


def figure_cells(
    comparison: Comparison, metrics: Sequence[Metric], over_seeds: OverSeeds | None = None
) -> dict[str, list[FigureCell]]:
    """Give the cells of each row.

    Only the mean radial error is tested, so no other figure is ever called better or worse.

    Parameters
    ----------
    over_seeds
        Of a study: its tests, in place of those of the runs compared.
    """
    tested = f"mean_radial_error_{comparison.unit}"
    shown = {row.name: _shown(_test_of(row, comparison, over_seeds)) for row in comparison.rows}
    return {
        row.name: [_cell(row, metric, shown[row.name] if metric.name == tested else 0.0) for metric in metrics]
        for row in comparison.rows
    }


def certainties(comparison: Comparison) -> dict[str, tuple[str, str]]:
    """Give by row the interval of the mean difference and its p-value; nothing for the baseline and the floor."""
    judgement = comparison.judgement
    tests = () if judgement is None else judgement.against_baseline
    told = {test.name: (interval(test.mean_interval).text, p_value(test.p_holm).text) for test in tests}
    return {row.name: told.get(row.name, ("", "")) for row in comparison.rows}


def _test_of(row: Row, comparison: Comparison, over_seeds: OverSeeds | None) -> PairTest | None:
    """Give the test that the page's verdict on a row rests on; `None` where it has none."""
    if over_seeds is None or over_seeds.judgement is None:
        return row.difference
    judgement, methods = over_seeds.judgement, {run: method for method, run in over_seeds.drawn.items()}
    if row.kind is RowKind.FLOOR:
        baseline = methods.get(comparison.baseline.name)
        floors = (test for test in judgement.against_references if (test.name, test.against) == (baseline, FLOOR))
        return next((test.mirrored for test in floors), None)
    return next((test for test in judgement.against_baseline if test.name == methods.get(row.name)), None)


def _shown(test: PairTest | None) -> float:
    """Give the difference that a test shows; 0 where it shows none."""
    return test.mean if test is not None and test.is_shown else 0.0


def _cell(row: Row, metric: Metric, shown: float) -> FigureCell:
    text, is_best = _typeset(metric.text(row.values[metric.name])), metric.name in row.best
    delta, ends = row.deltas.get(metric.name), row.intervals.get(metric.name)
    between = "" if ends is None else metric.between(ends)
    if delta is None:
        return FigureCell(text, is_best, between=between)
    # One seed's difference may lie on the other side of zero than that of all seeds.
    verdict = "" if shown * delta <= 0 else "better" if shown < 0 else "worse"
    return FigureCell(text, is_best, _typeset(metric.text(delta, signed=True)), verdict, between)


def _typeset(text: str) -> str:
    return DASH if text == "-" else text.replace("-", _MINUS)
