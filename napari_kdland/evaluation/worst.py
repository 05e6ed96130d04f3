"""Which image stands behind a figure: the worst one, and its worst landmark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.metrics import Errors, Flags
    from napari_kdland.evaluation.scoring import Evaluation

_RADIAL = re.compile(r"(mean|sd|median|p95|worst)_radial_error_(?:px|mm)")
_SUMMED: dict[str, Callable[..., Any]] = {
    "mean": np.nanmean,
    "sd": np.nanmean,
    "median": np.nanmedian,
    "p95": np.nanmax,
    "worst": np.nanmax,
}
_DETECTION = re.compile(r"detection_rate_([0-9.]+)_mm")


@dataclass(frozen=True)
class Case:
    """One image, and the landmark of it that is meant."""

    image: str
    landmark: str


def worst_case(evaluation: Evaluation, metric: Metric) -> Case | None:
    """Give the image that is worst for a figure, with the landmark that is worst there.

    Means and medians are those of each image; a percentile or the largest error leads to the largest error; rates and
    counts lead to the image with most of what they count, the largest error among equals. A landmark that was not
    predicted is worse than any error, where the figure counts it.

    Returns
    -------
    Case or None
        `None` where no single image stands behind the figure: nothing is wrong in any, or it is not made of radial
        errors.
    """
    errors = evaluation.errors_mm if metric.unit == "mm" or _radius(metric) is not None else evaluation.errors_px
    if errors is None or not errors.size:
        return None
    is_missing = evaluation.has_truth & np.isnan(errors)
    score = _score(evaluation, metric, errors, is_missing)
    if score is None or not np.isfinite(score).any() or np.nanmax(score) <= 0:
        return None
    row = int(np.nanargmax(score))
    counts_missing = metric.unit in ("%", "") and is_missing[row].any()
    known = np.nan_to_num(errors[row], nan=-1.0)
    column = int(np.argmax(np.where(is_missing[row], np.inf, known) if counts_missing else known))
    return Case(evaluation.images[row], evaluation.names[column])


def _score(evaluation: Evaluation, metric: Metric, errors: Errors, is_missing: Flags) -> NDArray[np.float64] | None:
    """Give how bad each image is for a metric; (N,), NaN where it was not measured."""
    kind = _RADIAL.fullmatch(metric.name)
    if kind is not None:
        return _by_image(_SUMMED[kind.group(1)], errors)
    if metric.name == "n_missing":
        counts: NDArray[np.float64] = is_missing.sum(axis=1).astype(np.float64)
        return counts
    radius = evaluation.summary.outlier_px if metric.name == "outlier_rate" else _radius(metric)
    if radius is None:
        return None
    n_off = (is_missing | (np.nan_to_num(errors, nan=0.0) > radius)).sum(axis=1)
    largest = np.nan_to_num(_by_image(np.nanmax, errors), nan=0.0)
    # Whole counts first; errors, brought below 1, decide among equals.
    return np.where(n_off > 0, n_off + largest / (1.0 + largest), 0.0)


def _by_image(summed: Callable[..., Any], errors: Errors) -> NDArray[np.float64]:
    """Sum the errors of each image up; NaN where it has none."""
    scores = np.full(len(errors), np.nan)
    rows = ~np.isnan(errors).all(axis=1)
    scores[rows] = summed(errors[rows], axis=1)
    return scores


def _radius(metric: Metric) -> float | None:
    found = _DETECTION.fullmatch(metric.name)
    return None if found is None else float(found.group(1))
