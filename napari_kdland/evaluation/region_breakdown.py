"""The Dice of every single region, run by run: mean and interval, and the test against the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.metrics import plain_values
from napari_kdland.evaluation.region_judging import judge_each_region
from napari_kdland.evaluation.report_tables import Cell, Table, best_of, interval, number, p_value
from napari_kdland.evaluation.statistics import bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_kdland.evaluation.judging import PairTest
    from napari_kdland.evaluation.regions import RegionEvaluation

    ByRun = Mapping[str, RegionEvaluation]


def region_dice_table(by_run: ByRun, baseline: str) -> Table | None:
    """Give the Dice of each region, a row a run, with the paired test where there are several; `None` without regions.

    A region that was missed has Dice 0; images whose truth does not have it, or does not say, are not counted.
    """
    if not by_run:
        return None
    tests = judge_each_region(by_run, baseline)
    against = next((test.against for of in tests.values() for test in of), "")
    body = []
    for region in _regions(by_run):
        measured = {run: _dice(of, region) for run, of in by_run.items() if region in of.names}
        means = {run: float(values.mean()) if len(values) else None for run, values in measured.items()}
        best = best_of(list(means.values()), "higher")
        by_name = {test.name: test for test in tests.get(region, ())}
        for run, values in measured.items():
            cells = [Cell(run), number(means[run], is_best=means[run] == best), _between(values)]
            cells += [Cell(str(len(values)), len(values)), *(_cells(by_name.get(run)) if tests else ())]
            body.append((region.replace("_", " "), tuple(cells)))
    head = ["Region", "Run", "Dice (%)", "95 % interval", "Images"]
    head += ["Difference (points)", "95 % interval", "p", "p (Holm)"] if tests else []
    return Table(
        "regions_dice", "Dice by region", _caption(against, sum(map(len, tests.values()))), tuple(head), tuple(body)
    )


def region_dice_json(by_run: ByRun, baseline: str) -> list[dict[str, object]]:
    """Give the same for `json.dumps`, one dictionary a region and run; Dice is 0 to 1, differences are in points."""
    tests = judge_each_region(by_run, baseline)
    found: list[dict[str, object]] = []
    for region in _regions(by_run):
        by_name = {test.name: test for test in tests.get(region, ())}
        for run, of in by_run.items():
            if region in of.names:
                values, test = _dice(of, region) / 100, by_name.get(run)
                told = {"dice": values.mean() if len(values) else None, "interval": _ends(values), "n": len(values)}
                told |= {} if test is None else {"difference": test.mean, "difference_interval": test.mean_interval}
                told |= {} if test is None else {"p_value": test.p_value, "p_holm": test.p_holm}
                found.append(plain_values({"region": region, "run": run, **told}))
    return found


def region_dice_text(by_run: ByRun, baseline: str) -> str:
    """Write the same as aligned plain text.

    Raises
    ------
    UsageError
        If no run was measured by regions.
    """
    table = region_dice_table(by_run, baseline)
    if table is None:
        raise UsageError("No run was measured by regions, so there are no figures by region. Leave out --by.")
    return table.text


def _regions(by_run: ByRun) -> list[str]:
    return list(dict.fromkeys(name for of in by_run.values() for name in of.names))


def _dice(of: RegionEvaluation, region: str) -> NDArray[np.float64]:
    """Give the Dice of a region in per cent, of the images that have it."""
    values = 100 * of.dice[:, of.names.index(region)]
    return values[np.isfinite(values)]


def _ends(values: NDArray[np.float64]) -> tuple[float, float] | None:
    return bootstrap_interval(values) if len(values) > 1 else None


def _between(values: NDArray[np.float64]) -> Cell:
    return interval(_ends(values), signed=False)


def _cells(test: PairTest | None) -> tuple[Cell, ...]:
    if test is None:
        return (number(None), interval(None), p_value(None), p_value(None))
    difference = number(test.mean, 2, signed=True)
    return (difference, interval(test.mean_interval, 2), p_value(test.p_value), p_value(test.p_holm))


def _caption(against: str, n_tests: int) -> str:
    said = (
        "Mean over the images whose truth has the region, with a 95 % bootstrap interval; a region missed has Dice 0."
    )
    if not against:
        return said
    return (
        f"{said} Differences from {against} on the same images, positive is better; Wilcoxon's signed-rank test, "
        f"Holm's adjustment over the {n_tests} of this table."
    )
