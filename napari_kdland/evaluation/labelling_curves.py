"""What a strategy of labelling saves: errors by number of labels, and labels against random at equal error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation.metrics import plain_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

REFERENCE = "random"


@dataclass(frozen=True)
class Measurement:
    """The mean radial error in pixels of a network trained on `labels` images that `strategy` chose."""

    strategy: str
    seed: int
    labels: int
    error_px: float


@dataclass(frozen=True, eq=False)
class LabellingCurve:
    """One strategy.

    Parameters
    ----------
    strategy
        Its name.
    labels : (n,)
        Numbers of labels, growing.
    mean_px, sd_px : (n,)
        Mean radial error, mean and sample standard deviation over the seeds; the latter NaN for one seed.
    n_seeds : (n,)
        How many seeds there are of each.
    saved : (n,)
        How many labels fewer than `random` it needs for this error: positive is better. NaN where random's curve does
        not reach the error, and everywhere where random was not tried.
    """

    strategy: str
    labels: NDArray[np.int64]
    mean_px: NDArray[np.float64]
    sd_px: NDArray[np.float64]
    n_seeds: NDArray[np.int64]
    saved: NDArray[np.float64]


def labelling_curves(measured: Iterable[Measurement]) -> tuple[LabellingCurve, ...]:
    """Sum up over seeds, strategies in the order of their first measurement."""
    rows = list(measured)
    names = list(dict.fromkeys(row.strategy for row in rows))
    plain = {name: _pooled([row for row in rows if row.strategy == name]) for name in names}
    reference = plain.get(REFERENCE)
    return tuple(
        LabellingCurve(name, *parts, saved=_saved(parts[0], parts[1], reference)) for name, parts in plain.items()
    )


def verdict(curves: Sequence[LabellingCurve]) -> str:
    """Say in a sentence which strategy saves labels against random, or that none does."""
    means = {
        curve.strategy: float(np.nanmean(curve.saved))
        for curve in curves
        if curve.strategy != REFERENCE and np.isfinite(curve.saved).any()
    }
    if not means:
        return "Nothing can be said against random: it was not tried, or no error is reached by both."
    best = max(means, key=lambda name: means[name])
    if means[best] <= 0:
        return f"No strategy saves labels against random; the best, {best}, costs {-means[best]:.1f} on average."
    return f"{best} saves {means[best]:.1f} labels on average against random at equal error."


def text_of(curves: Sequence[LabellingCurve]) -> str:
    """Give a table: a line a number of labels, a column a strategy, mean error and spread over the seeds in pixels."""
    labels = sorted({int(k) for curve in curves for k in curve.labels})
    lines = ["labels  " + "".join(f"{curve.strategy:>20}" for curve in curves)]
    for k in labels:
        cells = []
        for curve in curves:
            place = np.flatnonzero(curve.labels == k)
            value = "-" if not len(place) else f"{curve.mean_px[place[0]]:.1f} ({curve.sd_px[place[0]]:.1f})"
            cells.append(f"{value:>20}")
        lines.append(f"{k:>6}  " + "".join(cells))
    return "\n".join([*lines, verdict(curves)])


def to_json(curves: Sequence[LabellingCurve]) -> dict[str, Any]:
    """Give plain values."""
    plain: dict[str, Any] = plain_values({curve.strategy: vars(curve) for curve in curves})
    return {"curves": plain, "verdict": verdict(curves)}


def _pooled(
    rows: Sequence[Measurement],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    labels = sorted({row.labels for row in rows})
    errors = [np.array([row.error_px for row in rows if row.labels == k]) for k in labels]
    means = np.array([values.mean() for values in errors])
    sd = np.array([values.std(ddof=1) if len(values) > 1 else math.nan for values in errors])
    return np.array(labels, dtype=np.int64), means, sd, np.array([len(values) for values in errors], dtype=np.int64)


def _saved(
    labels: NDArray[np.int64],
    means: NDArray[np.float64],
    reference: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]] | None,
) -> NDArray[np.float64]:
    if reference is None:
        return np.full(len(labels), np.nan)
    known, errors = reference[0].astype(np.float64), reference[1]
    # More labels never count as worse: what was reached with fewer is reached.
    reached, first = np.unique(-np.minimum.accumulate(errors), return_index=True)
    needed = np.interp(-means, reached, known[first], left=np.nan, right=np.nan)
    saved: NDArray[np.float64] = needed - labels
    return saved
