"""The charts of what runs cost: error against size, and error against the time of an image."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation import further_figures
from napari_kdland.evaluation.figures import mean_error, svg
from napari_kdland.evaluation.report_charts import Chart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.evaluation.comparison import Comparison
    from napari_kdland.evaluation.encodings import Encoding

    Costs = Mapping[str, Mapping[str, object]]

# What makes two networks one, as far as their costs go.
_OF_NETWORK = ("n_parameters", "n_macs", "size", "channels")


@dataclass(frozen=True)
class _Axis:
    """One cost: the chart's name and title, what stands under its axis, and the digits of its values."""

    name: str
    title: str
    label: str
    decimals: int


_SIZE = _Axis("tradeoff", "Error against size", "Parameters", 0)
_TIME = _Axis("latency", "Error against time", "Time of an image (ms)", 1)
_FRONT = (
    "The dashed line joins the runs that no other one beats in both (Pareto); whether errors differ, the tests say."
)


def cost_charts(comparison: Comparison, costs: Costs, chosen: Mapping[str, Encoding]) -> list[Chart]:
    """Give error against parameters, and against the time of an image; each only where two runs differ in it.

    Parameters
    ----------
    costs
        What each run costs, by the keys of `report_settings.efficiency_table`.
    """
    if not comparison.names:
        return []
    parameters = {run: float(value) for run, of in costs.items() if (value := _number(of, "n_parameters")) is not None}
    times = times_by_network(costs)
    charts = (
        _chart(comparison, parameters, chosen, _SIZE, _FRONT),
        _chart(comparison, times, chosen, _TIME, f"{_how_timed([costs[run] for run in times])} {_FRONT}"),
    )
    return [chart for chart in charts if chart is not None]


def times_by_network(costs: Costs) -> dict[str, float]:
    """Give the milliseconds of an image by run: one time for all runs of one network, the median of theirs.

    Runs of one network take one time, so what was measured apart is the machine's unrest, not theirs.
    """
    own = {run: (_network(of), value) for run, of in costs.items() if (value := _number(of, "median_ms")) is not None}
    return {run: median(ms for other, ms in own.values() if other == network) for run, (network, _) in own.items()}


def _chart(
    comparison: Comparison, costs: Mapping[str, float], chosen: Mapping[str, Encoding], axis: _Axis, caption: str
) -> Chart | None:
    unit = comparison.unit
    errors = {row.name: mean_error(row, unit) for row in comparison.runs}
    points = {name: (cost, errors[name]) for name, cost in costs.items() if np.isfinite(errors.get(name, np.nan))}
    if len({cost for cost, _ in points.values()}) < 2:
        return None
    said = "; ".join(f"{name} {cost:,.{axis.decimals}f}, {error:.1f} {unit}" for name, (cost, error) in points.items())
    front = ", ".join(further_figures.pareto(points))
    labels = (axis.label, f"Mean radial error ({unit})")
    drawn = further_figures.tradeoff(points, chosen, labels, decimals=axis.decimals)
    alt = f"{axis.title}. {axis.label}, error: {said}. Beaten by no other one in both: {front}."
    return Chart(axis.name, axis.title, alt, caption, svg(drawn, axis.name))


def _how_timed(costs: list[Mapping[str, object]]) -> str:
    """Say how times were taken; what differs between the runs stands in their table."""
    repeats, device, threads, precision = (_shared(costs, key) for key in ("repeats", "device", "threads", "precision"))
    said = "One image in a batch of its own, median"
    said += "" if repeats is None else f" of {repeats}"
    said += " after a warm-up"
    said += "" if device is None else f", on {device}"
    said += "" if threads is None else f" with {threads} {'thread' if threads == 1 else 'threads'}"
    said += "" if precision is None else f" in {precision}"
    return f"{said}; runs of one network share the median of their times."


def _shared(costs: list[Mapping[str, object]], key: str) -> object | None:
    values = {of.get(key) for of in costs}
    return values.pop() if len(values) == 1 else None


def _network(of: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(of.get(key) for key in _OF_NETWORK)


def _number(of: Mapping[str, object], key: str) -> float | None:
    value = of.get(key)
    return float(value) if isinstance(value, (int, float)) else None
