"""How sure the figures of one method are by themselves: bootstrap intervals over images, and over seeds if several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.statistics import CONFIDENCE, bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.detection import Counted
    from napari_kdland.evaluation.scoring import Evaluation

    Values = NDArray[np.float64]

Interval = tuple[float, float]
_N_RESAMPLES = 4999


def own_intervals(trained: Sequence[Evaluation], metrics: Sequence[Metric], *, seed: int = 0) -> dict[str, Interval]:
    """Give 95 % bootstrap intervals of means, medians and shares of landmarks; by metric name.

    Images are drawn with replacement, with all their landmarks; where a method was trained several times, trainings
    are drawn too, and figures averaged over them. BCa of the mean of a single training, else percentiles. Metrics of
    other kinds, and figures of fewer than two images, have none.

    Parameters
    ----------
    trained
        Evaluations of one method on the same images, one a training (a seed).
    metrics
        Those that may have an interval.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap methods and their application, section 3.8 (resampling of all levels).
    """
    if len(trained[0].images) < 2:
        return {}
    draws = _Draws(len(trained[0].images), len(trained), seed)
    found: dict[str, Interval | None] = {}
    for metric in metrics:
        if metric.table == "errors" and metric.unit in ("px", "mm") and _has(trained, metric.unit):
            errors = np.stack([one.errors_in(metric.unit) for one in trained])
            if metric.name.startswith("mean_radial"):
                found[metric.name] = _of_means(np.stack([image_means(of) for of in errors]), draws, seed)
            elif metric.name.startswith("median_radial"):
                found[metric.name] = draws.interval(draws.medians(errors), np.isfinite(errors).sum(axis=2) > 0)
        elif metric.counted is not None:
            counted = [metric.counted(one) for one in trained]
            found[metric.name] = _of_shares([one for one in counted if one is not None], draws)
    return {name: ends for name, ends in found.items() if ends is not None}


def _has(trained: Sequence[Evaluation], unit: str) -> bool:
    return unit == "px" or all(one.errors_mm is not None for one in trained)


def _of_means(means: Values, draws: _Draws, seed: int) -> Interval | None:
    """Give the interval of a mean of images' errors (S, N); NaN is left out."""
    known = np.isfinite(means)
    if len(means) == 1:
        return bootstrap_interval(means[known], seed=seed) if known.sum() > 1 else None
    return draws.interval(draws.ratios(np.nan_to_num(means), known.astype(float)), known)


def _of_shares(counted: Sequence[Counted], draws: _Draws) -> Interval | None:
    """Give the interval of a share of landmarks."""
    if not counted:
        return None
    hits, among = (np.stack([part.sum(axis=1, dtype=float) for part in parts]) for parts in zip(*counted, strict=True))
    return draws.interval(draws.ratios(hits, among), among > 0)


class _Draws:
    """Resamples of N images and S trainings: how often each was drawn.

    Parameters
    ----------
    n_images, n_trained
        N and S.
    seed
        Of the draws.
    """

    def __init__(self, n_images: int, n_trained: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        drawn = generator.integers(n_images, size=(_N_RESAMPLES, n_images))
        offsets = n_images * np.arange(_N_RESAMPLES)[:, None]
        flat = np.bincount((drawn + offsets).ravel(), minlength=_N_RESAMPLES * n_images)
        self._counts = flat.reshape(_N_RESAMPLES, n_images).astype(float)
        even = np.full(n_trained, 1 / n_trained)
        self._shares = generator.multinomial(n_trained, even, size=_N_RESAMPLES) / n_trained

    def interval(self, figures: Values, is_measured: NDArray[np.bool_]) -> Interval | None:
        """Give the percentiles of figures (R, S) averaged over trainings.

        `None` where fewer than two images were measured in any of them; `is_measured` is (S, N).
        """
        if np.count_nonzero(is_measured.any(axis=0)) < 2:
            return None
        averaged = (np.where(self._shares > 0, figures, 0.0) * self._shares).sum(axis=1)
        low, high = np.nanquantile(averaged, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return float(low), float(high)

    def ratios(self, numerators: Values, denominators: Values) -> Values:
        """Give sums over images by sums over images (R, S); both (S, N)."""
        totals = self._counts @ denominators.T
        found: Values = np.full(totals.shape, np.nan)
        np.divide(self._counts @ numerators.T, totals, out=found, where=totals > 0)
        return found

    def medians(self, errors: Values) -> Values:
        """Give the medians of pooled errors (S, N, L) in every resample, (R, S)."""
        return np.stack([self._medians_of([row[np.isfinite(row)] for row in of]) for of in errors], axis=1)

    def _medians_of(self, by_image: Sequence[Values]) -> Values:
        sizes = np.array([len(row) for row in by_image], dtype=float)
        totals = self._counts @ sizes
        if not sizes.any():
            return np.full(len(totals), np.nan)
        pool = np.sort(np.concatenate(by_image))
        rows = [np.sort(row) for row in by_image]
        lower, upper = (self._ranked(pool, rows, np.floor(rank)) for rank in ((totals - 1) / 2, totals / 2))
        return np.where(totals > 0, (lower + upper) / 2, np.nan)

    def _ranked(self, pool: Values, rows: Sequence[Values], ranks: Values) -> Values:
        """Give the error of a rank, from 0, in each resample: a resample is never written out, which takes memory."""
        low, high = np.zeros(len(ranks), dtype=int), np.full(len(ranks), len(pool) - 1)
        for _ in range(len(pool).bit_length()):
            middle = (low + high) // 2
            tried = pool[middle]
            reached = np.zeros(len(ranks))
            for place, row in enumerate(rows):
                reached += self._counts[:, place] * np.searchsorted(row, tried, side="right")
            is_enough = reached > ranks
            high = np.where(is_enough, middle, high)
            low = np.where(is_enough, low, np.minimum(middle + 1, high))
        found: Values = pool[low]
        return found
