"""The menu of metrics: what stands in the columns of every table of results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from napari_kdland.menus import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """

    name: str
    title: str
    unit: Literal["px", "mm", "%", ""]
    better: Literal["lower", "higher"] | None
    value: Callable[[Evaluation], float | None]
    is_main: bool = True

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """Write a value without its unit; a dash where there is none."""
        if value is None or math.isnan(value):
            return "-"
        scaled, decimals = (100 * value, 1) if self.unit == "%" else (value, 1 if self.unit else 0)
        # Adding 0.0 turns a rounded minus zero into zero.
        rounded = round(scaled, decimals) + 0.0
        return f"{rounded:{'+' if signed and rounded else ''}.{decimals}f}"

    @property
    def heading(self) -> str:
        """Title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


MEAN_PX = Metric("mean_radial_error_px", "Mean", "px", "lower", lambda of: of.summary.mean_radial_error_px)
SD_PX = Metric("sd_radial_error_px", "SD", "px", None, lambda of: of.summary.sd_radial_error_px)
MEDIAN_PX = Metric("median_radial_error_px", "Median", "px", "lower", lambda of: of.summary.median_radial_error_px)
P95_PX = Metric("p95_radial_error_px", "95th pct.", "px", "lower", lambda of: of.summary.p95_radial_error_px)
WORST_PX = Metric("worst_radial_error_px", "Worst", "px", "lower", lambda of: of.summary.worst_radial_error_px, False)
OUTLIERS = Metric("outlier_rate", "Outliers", "%", "lower", lambda of: of.summary.outlier_rate)
MISSING = Metric("n_missing", "Missing", "", "lower", lambda of: of.presence.n_missing)
INVENTED = Metric("n_invented", "Invented", "", "lower", lambda of: of.presence.n_invented)
MEAN_MM = Metric("mean_radial_error_mm", "Mean", "mm", "lower", lambda of: of.summary.mean_radial_error_mm)
DETECTED_5_MM = Metric("detection_rate_5_mm", "Within 5 mm", "%", "higher", lambda of: _detected_mm(of, 5.0), False)
DETECTED_10_MM = Metric("detection_rate_10_mm", "Within 10 mm", "%", "higher", lambda of: _detected_mm(of, 10.0), False)


def _detected_mm(evaluation: Evaluation, radius: float) -> float | None:
    return (evaluation.summary.detection_rates_mm or {}).get(radius)


_HERE = "napari_kdland.evaluation.columns"

METRICS: tuple[Entry, ...] = (
    Entry("mean_radial_error_px", "Mean over the landmarks of an image, then over images.", f"{_HERE}:MEAN_PX"),
    Entry("sd_radial_error_px", "Standard deviation of the images' means.", f"{_HERE}:SD_PX"),
    Entry("median_radial_error_px", "Median over the errors of all landmarks.", f"{_HERE}:MEDIAN_PX"),
    Entry("p95_radial_error_px", "95th percentile over the errors of all landmarks.", f"{_HERE}:P95_PX"),
    Entry("worst_radial_error_px", "Largest error of any landmark.", f"{_HERE}:WORST_PX"),
    Entry("outlier_rate", "Share of landmarks more than 50 px off, or not predicted.", f"{_HERE}:OUTLIERS"),
    Entry("mean_radial_error_mm", "The mean in millimetres, where every image has a spacing.", f"{_HERE}:MEAN_MM"),
    Entry("detection_rate_5_mm", "Share of landmarks predicted within 5 mm.", f"{_HERE}:DETECTED_5_MM"),
    Entry("detection_rate_10_mm", "Share of landmarks predicted within 10 mm.", f"{_HERE}:DETECTED_10_MM"),
    Entry("n_missing", "Landmarks that are there but were not predicted.", f"{_HERE}:MISSING"),
    Entry("n_invented", "Landmarks that are absent but were predicted.", f"{_HERE}:INVENTED"),
)


def all_metrics() -> tuple[Metric, ...]:
    """Every metric of the menu, in its order."""
    return tuple(entry.resolve() for entry in METRICS)
