"""The menu of strategies by which the next images to label are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.menus import Entry, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Of the hybrid: how many times as many images as are wanted are taken by uncertainty, to choose among by distance.
_WIDER = 4


@dataclass(frozen=True, eq=False)
class Candidates:
    """What is known of N images that nobody has labelled, and of M that somebody has.

    Parameters
    ----------
    between_px : (N, L)
        Root mean square distance, along an axis, of several answers from their mean; NaN where nobody was asked.
    total_px : (N, L)
        Standard deviation along an axis of all answers together.
    features : (N, F), labelled_features : (M, F)
        Where images lie in a network's feature space.
    """

    between_px: NDArray[np.float64]
    total_px: NDArray[np.float64]
    features: NDArray[np.float64]
    labelled_features: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class Strategy:
    """One way of choosing.

    Parameters
    ----------
    name, title
        As in the menu; for people.
    n_runs
        The fewest runs that it needs.
    asks
        Whether runs are asked how unsure they are.
    looks
        Whether features are computed.
    order
        Gives the places of all candidates, (N,), the one to label first in front; draws by the seed.
    """

    name: str
    title: str
    n_runs: int
    asks: bool
    looks: bool
    order: Callable[[Candidates, int, int], NDArray[np.int64]]


def strategy(name: str) -> Strategy:
    """Give a strategy by name.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those that there are.
    """
    found: Strategy = choose(STRATEGIES, name, what="strategy").resolve()
    return found


def at_random(candidates: Candidates, count: int, seed: int) -> NDArray[np.int64]:
    """Draw: what every other strategy has to beat, which with few labels is hard."""
    del count
    return np.random.default_rng(seed).permutation(len(candidates))


def by_disagreement(candidates: Candidates, count: int, seed: int) -> NDArray[np.int64]:
    """Take first where answers are farthest apart, the mean over the landmarks.

    References
    ----------
    Schobs et al. 2023, Uncertainty estimation for heatmap-based landmark localization, section III-C (E-CPV).
    """
    del count
    return _largest_first(_mean(candidates.between_px), seed)


def by_uncertainty(candidates: Candidates, count: int, seed: int) -> NDArray[np.int64]:
    """Take first where any one landmark is least sure, the softness of the image included."""
    del count
    return _largest_first(np.max(np.nan_to_num(candidates.total_px), axis=1, initial=0.0), seed)


def by_distance(candidates: Candidates, count: int, seed: int) -> NDArray[np.int64]:
    """Take the image that is farthest from all that are labelled or taken, again and again.

    References
    ----------
    Sener, Savarese 2018, Active learning for convolutional neural networks: a core-set approach, algorithm 1.
    """
    del seed
    taken, _ = farthest_first(candidates.features, candidates.labelled_features, count)
    return _with_the_rest(taken, np.arange(len(candidates)))


def by_both(candidates: Candidates, count: int, seed: int) -> NDArray[np.int64]:
    """Take the farthest from each other among the four times as many where answers are farthest apart."""
    first = by_disagreement(candidates, count, seed)
    wide = np.sort(first[: _WIDER * count])
    taken, _ = farthest_first(candidates.features, candidates.labelled_features, count, among=wide)
    return _with_the_rest(taken, first)


def farthest_first(
    features: NDArray[np.float64],
    labelled: NDArray[np.float64],
    count: int,
    *,
    among: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give the places of `count` images, each the farthest from all before it, and how far it was.

    Features are scaled to unit spread over all images. Where nothing is labelled, the first image is the one nearest
    to their middle.

    Parameters
    ----------
    features : (N, F), labelled : (M, F)
        Of the images to choose from, and of those that are labelled.
    among
        Places to choose from; `None` takes all.

    Returns
    -------
    places : (n,)
        Unique; n is `count`, or as many as there are.
    radii : (n,)
        Distance of each from those before it, never growing; 0 for the first where nothing is labelled.
    """
    places = np.arange(len(features)) if among is None else among
    both = np.concatenate([labelled.reshape(-1, features.shape[1]), features])
    spread = both.std(axis=0) if len(both) else np.ones(features.shape[1])
    scaled = (both - both.mean(axis=0)) / np.where(spread > 0, spread, 1.0) if len(both) else both
    known, own = scaled[: len(both) - len(features)], scaled[len(both) - len(features) :][places]
    taken: list[int] = []
    radii: list[float] = []
    nearest = np.full(len(own), np.inf)
    for each in known:
        nearest = np.minimum(nearest, np.linalg.norm(own - each, axis=1))
    for _ in range(min(count, len(own))):
        is_first = not len(known) and not taken
        place = int(np.argmin(np.linalg.norm(own, axis=1)) if is_first else np.argmax(nearest))
        radii.append(0.0 if is_first else float(nearest[place]))
        taken.append(place)
        nearest = np.minimum(nearest, np.linalg.norm(own - own[place], axis=1))
        # Never again, not even where all images are the same.
        nearest[place] = -np.inf
    return places[np.array(taken, dtype=np.int64)], np.array(radii)


def _largest_first(values: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    drawn = np.random.default_rng(seed).permutation(len(values))
    order: NDArray[np.int64] = drawn[np.argsort(-values[drawn], kind="stable")]
    return order


def _with_the_rest(taken: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([taken, order[~np.isin(order, taken)]])


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean over the landmarks of what is known, (N,); 0 where nothing is."""
    known = ~np.isnan(values)
    mean: NDArray[np.float64] = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean


RANDOM = Strategy("random", "Random", 0, False, False, at_random)
DISAGREEMENT = Strategy("disagreement", "Disagreement of runs", 2, True, False, by_disagreement)
EPISTEMIC = Strategy("epistemic", "Disagreement of one run's views", 1, True, False, by_disagreement)
UNCERTAINTY = Strategy("uncertainty", "Least sure landmark", 1, True, False, by_uncertainty)
CORE_SET = Strategy("core-set", "Farthest from what is labelled", 1, False, True, by_distance)
HYBRID = Strategy("hybrid", "Far apart among the disputed", 1, True, True, by_both)

_HERE = "napari_kdland.evaluation.acquisition"

STRATEGIES: tuple[Entry, ...] = (
    Entry("random", "Drawn by the seed.", f"{_HERE}:RANDOM"),
    Entry("disagreement", "Where the points of two or more runs lie farthest apart.", f"{_HERE}:DISAGREEMENT"),
    Entry("epistemic", "Where one run contradicts itself on turned and resized views.", f"{_HERE}:EPISTEMIC"),
    Entry("uncertainty", "Where any one landmark is least sure.", f"{_HERE}:UNCERTAINTY"),
    Entry("core-set", "Farthest from all labelled images in a run's features.", f"{_HERE}:CORE_SET"),
    Entry("hybrid", "Far from each other, among those that runs disagree on most.", f"{_HERE}:HYBRID"),
)
