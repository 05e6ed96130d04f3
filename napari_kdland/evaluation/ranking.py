"""Three and more runs ranked image by image: Friedman's test, and how far ranks must lie apart (Nemenyi)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Fewer runs are a pair; with two images or fewer there is nothing to rank.
MIN_RUNS, MIN_IMAGES = 3, 3


@dataclass(frozen=True)
class Ranking:
    """The mean ranks of K runs over N images; rank 1 has the smallest error, equal errors share a rank.

    Parameters
    ----------
    names
        Names of the runs.
    mean_ranks
        In their order.
    statistic, p_value
        Of Friedman's test that all runs are alike; 0 and 1 where all errors are equal.
    critical_difference
        Mean ranks that lie less far apart are not shown to differ, at 5 % over all pairs.
    n_images, n_left_out
        Images ranked, and images that a run gave no error for.
    """

    names: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    statistic: float
    p_value: float
    critical_difference: float
    n_images: int
    n_left_out: int

    @property
    def alike(self) -> tuple[tuple[str, ...], ...]:
        """The largest groups of runs, from best to worst, in which no two are shown to differ."""
        order = sorted(range(len(self.names)), key=lambda index: self.mean_ranks[index])
        ranks = [self.mean_ranks[index] for index in order]
        groups: list[tuple[int, int]] = []
        for first, lowest in enumerate(ranks):
            last = max(index for index, rank in enumerate(ranks) if rank - lowest < self.critical_difference)
            if last > first and (not groups or last > groups[-1][1]):
                groups.append((first, last))
        return tuple(tuple(self.names[index] for index in order[first : last + 1]) for first, last in groups)


def rank(names: Sequence[str], errors: NDArray[np.float64], *, alpha: float = 0.05) -> Ranking | None:
    """Rank runs by their errors on the same images; `None` with fewer than three runs, or images that all measured.

    Parameters
    ----------
    names
        Names of the K runs.
    errors : (N, K)
        Error of each image by run; an image that one of them has none for is left out and counted.

    References
    ----------
    Friedman (1937), J. Am. Stat. Assoc. 32, 675-701. Demsar (2006), Statistical comparisons of classifiers over
    multiple data sets, J. Mach. Learn. Res. 7, 1-30: section 3.2.2, CD = q sqrt(k (k + 1) / (6 N)).
    """
    from scipy import stats

    complete = errors[np.isfinite(errors).all(axis=1)]
    n, k = complete.shape
    if k < MIN_RUNS or n < MIN_IMAGES:
        return None
    ranks = stats.rankdata(complete, axis=1)
    statistic, p_value = 0.0, 1.0
    if (np.ptp(complete, axis=1) > 0).any():
        result = stats.friedmanchisquare(*complete.T)
        statistic, p_value = float(result.statistic), float(result.pvalue)
    q = float(stats.studentized_range.ppf(1 - alpha, k, np.inf)) / 2**0.5
    return Ranking(
        names=tuple(names),
        mean_ranks=tuple(ranks.mean(axis=0).tolist()),
        statistic=statistic,
        p_value=p_value,
        critical_difference=q * (k * (k + 1) / (6 * n)) ** 0.5,
        n_images=n,
        n_left_out=len(errors) - n,
    )
