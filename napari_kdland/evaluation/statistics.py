"""Whether a difference between two runs is more than chance: bootstrap, Wilcoxon, Holm."""

from __future__ import annotations

import gc
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation.metrics import image_means

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.evaluation.metrics import Errors

CONFIDENCE = 0.95
# Below six pairs the two-sided Wilcoxon test cannot reach 0.05, whatever the data (2 / 2**5 = 0.0625).
MIN_IMAGES = 6
# Up to here scipy's Wilcoxon test tries all choices of signs where there are ties or zeros.
_FEW = 13


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference of two runs over the same images, first minus second; negative: the first is better.

    Parameters
    ----------
    mean
        NaN where no image was measured in both.
    low, high
        95 % bootstrap confidence interval of the mean; `None` with fewer than two images.
    p_value
        Two-sided Wilcoxon signed-rank test; `None` with fewer than two images.
    n_images
        Images that were measured in both.
    """

    mean: float
    low: float | None
    high: float | None
    p_value: float | None
    n_images: int


def paired_difference(first: Errors, second: Errors, *, seed: int = 0) -> PairedDifference:
    """Compare two runs image by image.

    Parameters
    ----------
    first, second : (N, L)
        Radial errors of the same landmarks, in one unit. Only landmarks that both runs have are compared, so that a run
        gains nothing by leaving out the hard ones.
    seed
        Of the bootstrap.
    """
    differences = image_differences(first, second)
    differences = differences[np.isfinite(differences)]
    n = len(differences)
    if n == 0:
        return PairedDifference(float("nan"), None, None, None, 0)
    if n == 1:
        return PairedDifference(float(differences[0]), None, None, None, 1)
    low, high = bootstrap_interval(differences, seed=seed)
    return PairedDifference(float(differences.mean()), low, high, wilcoxon_p(differences), n)


def image_differences(first: Errors, second: Errors) -> Errors:
    """Average the differences (N, L) of two runs' errors over the landmarks that both have; (N,), NaN for none."""
    both = np.isfinite(first) & np.isfinite(second)
    return image_means(np.where(both, first, np.nan) - np.where(both, second, np.nan))


def bootstrap_interval(
    values: ArrayLike,
    *,
    statistic: Callable[..., Any] = np.mean,
    confidence: float = CONFIDENCE,
    n_resamples: int = 9999,
    seed: int = 0,
) -> tuple[float, float]:
    """Give a bootstrap confidence interval of a mean, or of another statistic.

    Bias-corrected and accelerated; percentile where that has no answer, as for very few distinct values.

    Parameters
    ----------
    values : (n,)
        At least two.
    statistic
        Takes ``axis``, as `numpy.mean` and `numpy.median` do.

    References
    ----------
    Efron and Tibshirani (1993), An introduction to the bootstrap, eq. 14.10.
    """
    from scipy import stats

    values = np.asarray(values, dtype=np.float64)
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = stats.bootstrap(
                (values,),
                statistic,
                confidence_level=confidence,
                n_resamples=n_resamples,
                method=method,
                batch=max(1, 2_000_000 // len(values)),
                random_state=np.random.default_rng(seed),
            )
        low, high = (float(end) for end in result.confidence_interval)
        if np.isfinite([low, high]).all():
            break
    return low, high


def wilcoxon_p(differences: ArrayLike) -> float:
    """Give the two-sided p-value of the Wilcoxon signed-rank test; 1 where all differences are zero."""
    from scipy import stats

    differences = np.asarray(differences, dtype=np.float64)
    sizes = np.abs(differences)
    if not differences.any():
        return 1.0
    has_ties_or_zeros = len({0.0, *sizes}) <= len(sizes)
    if has_ties_or_zeros and len(sizes) <= _FEW and np.count_nonzero(sizes) > 1:
        return _signed_rank_p(differences[sizes > 0])
    with warnings.catch_warnings():
        # With few pairs or ties scipy says that its p-value is an approximation; the docs of the report say so too.
        warnings.simplefilter("ignore")
        return float(stats.wilcoxon(differences).pvalue)


def _signed_rank_p(differences: NDArray[np.float64]) -> float:
    # What scipy's own test does of ties and zeros among few pairs, which takes it a second or more: it ranks anew at
    # each of the 2**n choices of signs, where the ranks are the same in all.
    from scipy import stats

    ranks = np.copysign(stats.rankdata(np.abs(differences)), differences)
    result = stats.permutation_test((ranks,), _positive_sum, permutation_type="samples", n_resamples=2**_FEW)
    return float(result.pvalue)


def _positive_sum(signed_ranks: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.maximum(signed_ranks, 0).sum(axis)
    return total


def p_in_words(p: float) -> str:
    """Write a p-value as the tables do, with the letter before it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust p-values for their number, in the order given; `None` stays and is not counted.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6, 65-70.
    """
    from statsmodels.stats.multitest import multipletests

    known = [p for p in p_values if p is not None]
    with _garbage_left_alone():
        adjusted = iter(multipletests(known, method="holm")[1].tolist() if known else [])
    return tuple(None if p is None else next(adjusted) for p in p_values)


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    # statsmodels collects the whole program's garbage at each call, which stops every thread for a third of a second
    # and more; what is frozen is not looked through.
    is_ours = gc.get_freeze_count() == 0
    if is_ours:
        gc.freeze()
    try:
        yield
    finally:
        if is_ours:
            gc.unfreeze()
