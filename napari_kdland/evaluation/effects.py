"""How large a paired difference is, and how sure: medians, rank-biserial correlation, hierarchical bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.statistics import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Values = NDArray[np.float64]
    Statistic = Callable[[Values], Values]

# Cells of an array of resamples that are held at a time.
_AT_A_TIME = 4_000_000


def medians(differences: Values) -> Values:
    """Give the median of each row (R, N) of differences."""
    found: Values = np.median(differences, axis=1)
    return found


def means(differences: Values) -> Values:
    """Give the mean of each row (R, N) of differences."""
    found: Values = differences.mean(axis=1)
    return found


def rank_biserial(differences: ArrayLike) -> Values:
    """Give the matched-pairs rank-biserial correlation of each row of differences.

    -1 where every difference is negative, 1 where every one is positive, 0 where they balance, or all are zero. Zeros
    are left out, as in Wilcoxon's test.

    Parameters
    ----------
    differences : (R, N)
        One sample a row.

    References
    ----------
    Kerby (2014), The simple difference formula, Comprehensive Psychology 3, eq. 1: the share of the rank sum that is
    favourable, less the share that is not.
    """
    from scipy import stats

    rows = np.atleast_2d(np.asarray(differences, dtype=np.float64))
    sizes = np.where(rows == 0, np.nan, np.abs(rows))
    ranks = np.nan_to_num(stats.rankdata(sizes, axis=1, nan_policy="omit"))
    totals = ranks.sum(axis=1)
    signed = (ranks * np.sign(rows)).sum(axis=1)
    found: Values = np.divide(signed, totals, out=np.zeros(len(rows)), where=totals > 0)
    return found


def hierarchical_interval(
    first: Values,
    second: Values,
    statistic: Statistic,
    *,
    confidence: float = CONFIDENCE,
    n_resamples: int = 4999,
    seed: int = 0,
) -> tuple[float, float]:
    """Give a bootstrap interval of a statistic of the differences of two methods, each trained with several seeds.

    As `nested_interval` of a single draw of labels.

    Parameters
    ----------
    first, second : (S1, N), (S2, N)
        Errors of the same N images by seed, all finite.
    statistic
        Takes differences (R, N), first minus second, each averaged over its seeds; gives (R,).

    Raises
    ------
    ValueError
        If the numbers of images differ, or there are fewer than two.
    """
    return nested_interval([first], [second], statistic, confidence=confidence, n_resamples=n_resamples, seed=seed)


def nested_interval(
    first: Sequence[Values],
    second: Sequence[Values],
    statistic: Statistic,
    *,
    confidence: float = CONFIDENCE,
    n_resamples: int = 4999,
    seed: int = 0,
) -> tuple[float, float]:
    """Give a bootstrap interval where two methods were trained on the same draws of labels, with seeds in each draw.

    Every resample takes draws of labels, the same for both methods, in each of them seeds of either method, then
    images, the same for both; all with replacement. So what a draw does to both methods is not in the interval of their
    difference. Percentiles, because an acceleration is not defined over several levels.

    Parameters
    ----------
    first, second : (S, N) each
        One for each draw of labels: errors of the same N images by seed, all finite.
    statistic
        Takes differences (R, N), first minus second, each averaged over draws and seeds; gives (R,).

    Raises
    ------
    ValueError
        If the numbers of draws or of images differ, or there are fewer than two images.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap methods and their application, section 3.8 (resampling of all levels).
    """
    n = first[0].shape[1]
    odd = next((of.shape[1] for of in (*first, *second) if of.shape[1] != n), n)
    if odd != n or n < 2:
        raise ValueError(f"{n} and {odd} images: expected the same number of two or more")
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} draws of labels: expected the same ones for both")
    generator = np.random.default_rng(seed)
    values = np.concatenate(
        [
            statistic(_resampled(first, second, size, generator))
            for size in _batches(n_resamples, max(1, _AT_A_TIME // n))
        ]
    )
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def mean_interval(errors: Sequence[Values]) -> tuple[float, float]:
    """Give the bootstrap interval of the mean error of one method, as `nested_interval` has it of a difference.

    Parameters
    ----------
    errors : (S, N) each
        One for each draw of labels: errors of the same N images by seed, all finite.

    Raises
    ------
    ValueError
        If there are fewer than two images.
    """
    return nested_interval(errors, [np.zeros((1, of.shape[1])) for of in errors], means)


def _resampled(
    first: Sequence[Values], second: Sequence[Values], n_resamples: int, generator: np.random.Generator
) -> Values:
    n = first[0].shape[1]
    differences = _drawn_draws(first, second, n_resamples, generator)
    images = generator.integers(n, size=(n_resamples, n))
    drawn: Values = np.take_along_axis(np.broadcast_to(differences, images.shape), images, axis=1)
    return drawn


def _drawn_draws(
    first: Sequence[Values], second: Sequence[Values], n_resamples: int, generator: np.random.Generator
) -> Values:
    """Average differences over draws taken with replacement, each time with seeds of its own; (R, N), or (1, N)."""
    if len(first) == 1:
        return _drawn_seeds(first[0], n_resamples, generator) - _drawn_seeds(second[0], n_resamples, generator)
    total: Values = np.zeros((n_resamples, first[0].shape[1]))
    for _ in first:
        picked = generator.integers(len(first), size=n_resamples)
        for draw, (mine, theirs) in enumerate(zip(first, second, strict=True)):
            rows = np.flatnonzero(picked == draw)
            total[rows] += _drawn_seeds(mine, len(rows), generator) - _drawn_seeds(theirs, len(rows), generator)
    return total / len(first)


def _drawn_seeds(errors: Values, n_resamples: int, generator: np.random.Generator) -> Values:
    """Average errors (S, N) over seeds drawn with replacement; (R, N)."""
    n_seeds = len(errors)
    if n_seeds == 1:
        return errors
    counts = generator.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=n_resamples)
    averaged: Values = counts @ errors / n_seeds
    return averaged


def _batches(total: int, size: int) -> list[int]:
    return [min(size, total - start) for start in range(0, total, size)]
