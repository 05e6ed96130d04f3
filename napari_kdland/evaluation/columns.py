"""The menu of metrics: what stands in the columns of every table of results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_kdland.anatomy import Measures
from napari_kdland.evaluation.detection import outliers
from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.outlines import parts
from napari_kdland.menus import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.evaluation.detection import Counted
    from napari_kdland.evaluation.scoring import Evaluation


@dataclass(frozen=True)
class Metric:
    """One figure of an evaluation.

    Parameters
    ----------
    name
        As in the menu and in JSON and CSV.
    title
        Head of the column.
    unit
        ``px``, ``mm``, ``%`` (the value is a share, 0..1) or nothing (a count).
    better
        Which way is good; `None` where neither is, and then no best and no difference is shown.
    value
        Read from an evaluation; `None` or NaN where it has none.
    is_main
        Whether it belongs in a table that must stay narrow.
    table
        The table of the report in which it stands.
    decimals
        Digits after the point; by default one, none for a count.
    summary
        What it is, where the menu does not say so.
    counted
        The landmarks that a share counts, for its interval; `None` for what is no share of landmarks.
    """

    name: str
    title: str
    unit: Literal["px", "mm", "%", ""]
    better: Literal["lower", "higher"] | None
    value: Callable[[Evaluation], float | None]
    is_main: bool = True
    table: Literal["errors", "detection", "presence", "indices"] = "errors"
    decimals: int | None = None
    summary: str = ""
    counted: Callable[[Evaluation], Counted | None] | None = None

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """Write a value without its unit; a dash where there is none."""
        if value is None or math.isnan(value):
            return "-"
        scaled = 100 * value if self.unit == "%" else value
        decimals = self.decimals if self.decimals is not None else 1 if self.unit else 0
        # Adding 0.0 turns a rounded minus zero into zero.
        rounded = round(scaled, decimals) + 0.0
        return f"{rounded:{'+' if signed and rounded else ''}.{decimals}f}"

    def between(self, ends: tuple[float, float]) -> str:
        """Write an interval without its unit."""
        low, high = ends
        return f"{self.text(low)} to {self.text(high)}"

    def is_in(self, unit: Literal["px", "mm"]) -> bool:
        """Whether it stands beside errors in this unit: all do but the errors in the other one."""
        return self.table != "errors" or self.unit == unit

    @property
    def heading(self) -> str:
        """Title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


MEAN_PX = Metric("mean_radial_error_px", "Mean", "px", "lower", lambda of: of.summary.mean_radial_error_px)
SD_PX = Metric("sd_radial_error_px", "SD", "px", None, lambda of: of.summary.sd_radial_error_px)
MEDIAN_PX = Metric("median_radial_error_px", "Median", "px", "lower", lambda of: of.summary.median_radial_error_px)
P95_PX = Metric("p95_radial_error_px", "95th pct.", "px", "lower", lambda of: of.summary.p95_radial_error_px)
WORST_PX = Metric("worst_radial_error_px", "Worst", "px", "lower", lambda of: of.summary.worst_radial_error_px, False)
OUTLIERS = Metric(
    "outlier_rate",
    "Outliers",
    "%",
    "lower",
    lambda of: of.summary.outlier_rate,
    table="detection",
    counted=outliers,
)
MISSING = Metric("n_missing", "Missing", "", "lower", lambda of: of.presence.n_missing, table="presence")
INVENTED = Metric("n_invented", "Invented", "", "lower", lambda of: of.presence.n_invented, table="presence")
MEAN_MM = Metric("mean_radial_error_mm", "Mean", "mm", "lower", lambda of: of.summary.mean_radial_error_mm)
SD_MM = Metric("sd_radial_error_mm", "SD", "mm", None, lambda of: of.summary.sd_radial_error_mm)
MEDIAN_MM = Metric("median_radial_error_mm", "Median", "mm", "lower", lambda of: of.summary.median_radial_error_mm)
P95_MM = Metric("p95_radial_error_mm", "95th pct.", "mm", "lower", lambda of: of.summary.p95_radial_error_mm)
WORST_MM = Metric("worst_radial_error_mm", "Worst", "mm", "lower", lambda of: _worst_mm(of), False)
NORMAL_PX = Metric("mean_normal_error_px", "Across outline", "px", "lower", lambda of: _part(of, "normal", "px"), False)
TANGENTIAL_PX = Metric(
    "mean_tangential_error_px", "Along outline", "px", "lower", lambda of: _part(of, "tangential", "px"), False
)
NORMAL_MM = Metric("mean_normal_error_mm", "Across outline", "mm", "lower", lambda of: _part(of, "normal", "mm"), False)
TANGENTIAL_MM = Metric(
    "mean_tangential_error_mm", "Along outline", "mm", "lower", lambda of: _part(of, "tangential", "mm"), False
)


def _worst_mm(evaluation: Evaluation) -> float | None:
    errors = evaluation.errors_mm
    return None if errors is None or not np.isfinite(errors).any() else float(np.nanmax(errors))


def _part(evaluation: Evaluation, which: Literal["normal", "tangential"], unit: Literal["px", "mm"]) -> float | None:
    split = parts(evaluation, unit)
    if split is None:
        return None
    means = image_means(getattr(split, which))
    means = means[np.isfinite(means)]
    return float(means.mean()) if len(means) else None


_HERE = "napari_kdland.evaluation.columns"

METRICS: tuple[Entry, ...] = (
    Entry("mean_radial_error_px", "Mean over the landmarks of an image, then over images.", f"{_HERE}:MEAN_PX"),
    Entry("sd_radial_error_px", "Standard deviation of the images' means.", f"{_HERE}:SD_PX"),
    Entry("median_radial_error_px", "Median over the errors of all landmarks.", f"{_HERE}:MEDIAN_PX"),
    Entry("p95_radial_error_px", "95th percentile over the errors of all landmarks.", f"{_HERE}:P95_PX"),
    Entry("worst_radial_error_px", "Largest error of any landmark.", f"{_HERE}:WORST_PX"),
    Entry("mean_radial_error_mm", "The mean in millimetres, where every image has a spacing.", f"{_HERE}:MEAN_MM"),
    Entry("sd_radial_error_mm", "Standard deviation of the images' means in millimetres.", f"{_HERE}:SD_MM"),
    Entry("median_radial_error_mm", "Median over the errors of all landmarks in millimetres.", f"{_HERE}:MEDIAN_MM"),
    Entry("p95_radial_error_mm", "95th percentile of all errors in millimetres.", f"{_HERE}:P95_MM"),
    Entry("worst_radial_error_mm", "Largest error of any landmark in millimetres.", f"{_HERE}:WORST_MM"),
    Entry("mean_normal_error_px", "Part of the error across an outline of the scheme.", f"{_HERE}:NORMAL_PX"),
    Entry("mean_tangential_error_px", "Part of the error along that outline.", f"{_HERE}:TANGENTIAL_PX"),
    Entry("mean_normal_error_mm", "Part across an outline in millimetres.", f"{_HERE}:NORMAL_MM"),
    Entry("mean_tangential_error_mm", "Part along that outline in millimetres.", f"{_HERE}:TANGENTIAL_MM"),
    Entry("outlier_rate", "Share of landmarks more than 50 px off, or not predicted.", f"{_HERE}:OUTLIERS"),
    Entry("n_missing", "Landmarks that are there but were not predicted.", f"{_HERE}:MISSING"),
    Entry("n_invented", "Landmarks that are absent but were predicted.", f"{_HERE}:INVENTED"),
)


def all_metrics(measures: Measures | None = None) -> tuple[Metric, ...]:
    """Every metric of the menu in its order, then those that a scheme's measures ask for."""
    from napari_kdland.evaluation.scheme_columns import columns_of

    return (*(entry.resolve() for entry in METRICS), *columns_of(measures or Measures()))


def summary_of(metric: Metric) -> str:
    """Say what a metric is."""
    return metric.summary or {entry.name: entry.summary for entry in METRICS}[metric.name]
