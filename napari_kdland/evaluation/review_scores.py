"""The menu of scores by which images are reviewed: how much each needs a person's look, the highest first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.menus import Entry, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy.landmarks import Landmarks

# A label is read to about a pixel: no prediction is taken to be surer than that.
_LEAST_SD_PX = 1.0


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a score may look at, of N images with L landmarks and R runs.

    Parameters
    ----------
    points : (R, N, L, 2)
        Predicted (y, x) in image pixels; NaN where a run predicts no point.
    sd_px : (R, N, L)
        Standard deviation of each predicted point along an axis, in image pixels; NaN where there is none.
    confidence : (R, N, L)
        Height of each heatmap's peak, 0..1; NaN where there is none.
    says_absent : (R, N, L)
        Where a run says that the landmark is not in the image.
    labels : (N, L, 2)
        (y, x) of readers and files; NaN where nobody placed the landmark. Accepted predictions are none.
    """

    points: NDArray[np.float64]
    sd_px: NDArray[np.float64]
    confidence: NDArray[np.float64]
    says_absent: NDArray[np.bool_]
    labels: NDArray[np.float64]

    @classmethod
    def of(cls, predictions: Sequence[Sequence[Landmarks]], labels: Sequence[Landmarks]) -> Evidence:
        """Put together what each run predicted of each image, and the labels of each; all in one order."""
        blank = np.full((len(predictions), len(labels), len(labels[0]) if labels else 0), np.nan)
        sd_px, confidence, points = blank.copy(), blank.copy(), np.stack([blank, blank], axis=-1)
        says_absent = np.zeros(blank.shape, dtype=bool)
        for run, found in enumerate(predictions):
            for image, landmarks in enumerate(found):
                points[run, image] = landmarks.points
                says_absent[run, image] = [state.value == "absent" for state in landmarks.states]
                if landmarks.sd_px is not None:
                    sd_px[run, image] = landmarks.sd_px
                if landmarks.confidence is not None:
                    confidence[run, image] = landmarks.confidence
        truth = np.array([label.points for label in labels], dtype=np.float64).reshape(*blank.shape[1:], 2)
        return cls(points, sd_px, confidence, says_absent, truth)


@dataclass(frozen=True)
class ReviewScore:
    """One kind of score.

    Parameters
    ----------
    name
        As in the menu, on the command line and in the project.
    title
        For people.
    unit
        ``px``, ``SD`` or nothing.
    n_runs
        The fewest runs that it needs.
    needs_labels
        Whether it says something only of landmarks that have a label.
    value
        Gives (N, L) from the evidence; NaN where it says nothing, infinite where runs contradict each other.
    reads_spreads
        Whether it reads standard deviations, which should be of one kind then.
    """

    name: str
    title: str
    unit: str
    n_runs: int
    needs_labels: bool
    value: Callable[[Evidence], NDArray[np.float64]]
    reads_spreads: bool = False

    def text(self, value: float) -> str:
        """Write a score with its unit."""
        if np.isinf(value):
            return "contradict"
        return f"{value:.1f} {self.unit}" if self.unit else f"{value:.2f}"


def of_images(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the score of each image, that of its worst landmark; (N, L) to (N,), NaN where no landmark has one."""
    known = ~np.isnan(scores)
    worst = np.where(known, scores, -np.inf).max(axis=-1, initial=-np.inf)
    return np.where(known.any(axis=-1), worst, np.nan)


def disagreement(evidence: Evidence) -> NDArray[np.float64]:
    """Give how far the runs' points lie apart: the mean distance over all pairs of runs, in pixels.

    Infinite where some runs place the landmark and others say that it is absent.

    Returns
    -------
    (N, L)
        NaN where fewer than two runs place it.
    """
    pairs = [
        evidence.points[one] - evidence.points[other] for one, other in combinations(range(len(evidence.points)), 2)
    ]
    distances = np.linalg.norm(np.stack(pairs), axis=-1)
    is_placed = ~np.isnan(evidence.points[..., 0])
    contradict = is_placed.any(axis=0) & evidence.says_absent.any(axis=0)
    return np.where(contradict, np.inf, _mean(distances))


def uncertainty(evidence: Evidence) -> NDArray[np.float64]:
    """Give the standard deviation along an axis of all runs' heatmaps put together, in pixels.

    With one run that is the width of its heatmap; with several the spread of their points is in it.

    Returns
    -------
    (N, L)
        NaN where no run places the landmark.

    References
    ----------
    Lakshminarayanan et al. 2017, Simple and scalable predictive uncertainty estimation using deep ensembles, section
    2.4: the variance of a mixture is the mean of variances and of squared means, less the square of the mean.
    """
    centre = _mean(evidence.points)
    between = _mean(np.square(evidence.points - centre).sum(axis=-1) / 2)
    # Runs without a standard deviation add nothing to the mean of variances.
    within = np.nan_to_num(_mean(np.square(evidence.sd_px)))
    return np.sqrt(within + between)


def suspicion(evidence: Evidence) -> NDArray[np.float64]:
    """Give how far a label lies from the runs' mean point, in standard deviations of the prediction.

    Were predictions normal and labels right, one label in ninety would lie beyond 3 (the Rayleigh distribution:
    exp(-9 / 2)). A run that has learnt a label by heart does not suspect it.

    Returns
    -------
    (N, L)
        NaN where there is no label or no prediction.
    """
    return _distance_to_labels(evidence) / np.maximum(uncertainty(evidence), _LEAST_SD_PX)


def error(evidence: Evidence) -> NDArray[np.float64]:
    """Give the radial error against the label, the mean over the runs, in pixels.

    Returns
    -------
    (N, L)
        NaN where there is no label or no prediction.
    """
    return _mean(np.linalg.norm(evidence.points - evidence.labels, axis=-1))


def doubt(evidence: Evidence) -> NDArray[np.float64]:
    """Give how far the runs' heatmaps are from a full peak: 1 less the mean height, 0..1.

    Returns
    -------
    (N, L)
        NaN where no run tells the height of its peak.
    """
    return 1.0 - _mean(evidence.confidence)


DISAGREEMENT = ReviewScore("disagreement", "Disagreement of runs", "px", 2, False, disagreement)
UNCERTAINTY = ReviewScore("uncertainty", "Uncertainty of runs", "px", 1, False, uncertainty, reads_spreads=True)
SUSPICION = ReviewScore("suspicion", "Suspicion of labels", "SD", 1, True, suspicion, reads_spreads=True)
ERROR = ReviewScore("error", "Error against labels", "px", 1, True, error)
DOUBT = ReviewScore("doubt", "Low peaks of heatmaps", "", 1, False, doubt)


def not_from_predictions(evidence: Evidence) -> NDArray[np.float64]:
    """Give nothing: this score is made by a job of its own, which looks at more than predictions."""
    return np.full(evidence.labels.shape[:2], np.nan)


LABEL_NEXT = ReviewScore("label-next", "What to label next", "", 1, False, not_from_predictions)
DOUBTFUL_LABELS = ReviewScore("doubtful-labels", "Doubtful labels", "SD", 0, False, not_from_predictions)

_HERE = "napari_kdland.evaluation.review_scores"

REVIEW_SCORES: tuple[Entry, ...] = (
    Entry("disagreement", "How far the points of two or more runs lie apart.", f"{_HERE}:DISAGREEMENT"),
    Entry("uncertainty", "How wide heatmaps are, and how far several runs spread.", f"{_HERE}:UNCERTAINTY"),
    Entry("suspicion", "How far labels lie from predictions, in their own uncertainty.", f"{_HERE}:SUSPICION"),
    Entry("error", "How far predictions lie from labels.", f"{_HERE}:ERROR"),
    Entry("doubt", "How low the peaks of heatmaps are.", f"{_HERE}:DOUBT"),
)

MADE_BY_JOBS: tuple[Entry, ...] = (
    Entry("label-next", "Images that nobody has labelled, disputed and far from each other.", f"{_HERE}:LABEL_NEXT"),
    Entry("doubtful-labels", "Swapped pairs, odd geometry, images shown twice.", f"{_HERE}:DOUBTFUL_LABELS"),
)


def review_score(name: str) -> ReviewScore:
    """Give a kind of score by name.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those that there are.
    """
    found: ReviewScore = choose((*REVIEW_SCORES, *MADE_BY_JOBS), name, what="score").resolve()
    return found


def _distance_to_labels(evidence: Evidence) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = np.linalg.norm(_mean(evidence.points) - evidence.labels, axis=-1)
    return distance


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean over the first axis of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean: NDArray[np.float64] = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
