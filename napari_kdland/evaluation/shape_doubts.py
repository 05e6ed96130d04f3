"""Labels that the other labels contradict: pairs the wrong way round, landmarks where the shape wants none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.doubts import CERTAIN, THRESHOLD, Doubt

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Which way round a pair stands needs a majority, how a shape varies needs more.
LEAST_FOR_SWAPS, LEAST_FOR_GEOMETRY = 5, 12
# A landmark is expected somewhere by three others at least.
LEAST_IN_AN_IMAGE = 4
# Median of the chi-squared distribution with two degrees of freedom.
_MEDIAN = 1.3863


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of N images.

    Parameters
    ----------
    images, names
        Names of the images and of the L landmarks.
    points : (N, L, 2)
        (y, x) in pixels of each image; NaN where there is no point.
    sizes : (N, 2)
        (height, width) of each image in pixels.
    pairs
        Pairs of landmarks that a mirrored image swaps.
    """

    images: tuple[str, ...]
    names: tuple[str, ...]
    points: NDArray[np.float64]
    sizes: NDArray[np.float64]
    pairs: tuple[tuple[str, str], ...] = ()

    @cached_property
    def shapes(self) -> tuple[NDArray[np.intp], ShapeModel | None]:
        """The rows of images with four landmarks or more, and the model of their shapes; none below twelve of them."""
        rows = np.flatnonzero((~np.isnan(self.points).any(axis=-1)).sum(axis=1) >= LEAST_IN_AN_IMAGE)
        if len(rows) < LEAST_FOR_GEOMETRY:
            return rows, None
        return rows, ShapeModel(self.points[rows], self.sizes[rows].max(axis=1))


def swaps(labels: Labels) -> tuple[list[Doubt], list[str]]:
    """Find pairs that stand the other way round than in most images; gives doubts, and notes on too few labels."""
    found, notes = [], []
    for first, second in labels.pairs:
        a, b = (labels.points[:, labels.names.index(name)] for name in (first, second))
        steps = (b - a) / labels.sizes.max(axis=1)[:, None]
        known = ~np.isnan(steps).any(axis=1)
        if known.sum() < LEAST_FOR_SWAPS:
            notes.append(
                f"{first} and {second} are placed in {known.sum()} images; which way round they stand is asked from "
                f"{LEAST_FOR_SWAPS} on."
            )
            continue
        usual = np.median(steps[known], axis=0)
        along = steps @ usual / max(float(usual @ usual), 1e-12)
        # A pair that hardly ever stands apart along one direction has no way round.
        if np.mean(along[known] > 0) < 0.75:
            continue
        for row in np.flatnonzero(known & (along < -0.25)):
            reason = f"{first} and {second} stand the other way round than in most images: left and right look swapped."
            image = labels.images[row]
            score = CERTAIN - 1 + min(0.9, float(-along[row]))
            found += [Doubt(image, name, "swap", score, reason) for name in (first, second)]
    return found, notes


def outliers(labels: Labels, *, threshold: float = THRESHOLD) -> tuple[list[Doubt], list[str]]:
    """Find landmarks that lie where the others of their image do not expect them.

    Where one landmark lies given the others is taken from how all vary together over the images, place and size of the
    chest included; few images cannot make that overconfident (extremes are cut, the covariance is shrunk). In each
    image the least expected landmark is doubted, left out, and the next one looked at. Below twelve images nothing is
    doubted, and a note says so.

    References
    ----------
    Chen et al. 2010, Shrinkage algorithms for MMSE covariance estimation, eq. 23 (oracle approximating shrinkage);
    Cootes et al. 1995, Active shape models, section 3 (landmarks as one vector, and its covariance).
    """
    rows, model = labels.shapes
    if model is None:
        return [], [
            f"{len(rows)} images have four landmarks or more; how a shape varies is not known below "
            f"{LEAST_FOR_GEOMETRY}, so geometry was not looked at."
        ]
    found = []
    for row, place in zip(rows, range(len(rows)), strict=True):
        for landmark, score, distance in model.doubted(place, threshold):
            name = labels.names[landmark]
            reason = (
                f"{name} lies {distance:.0f} px from where the other landmarks of the image expect it, "
                f"{score:.1f} times the usual spread."
            )
            found.append(Doubt(labels.images[row], name, "geometry", min(score, CERTAIN - 2), reason))
    return found, []


class ShapeModel:
    """How landmarks vary together over images, robustly.

    Parameters
    ----------
    points : (N, L, 2)
        In pixels; NaN where there is no point; four or more known in each image.
    sizes : (N,)
        What points are divided by: the longer side of each image, in pixels.
    """

    def __init__(self, points: NDArray[np.float64], sizes: NDArray[np.float64]) -> None:
        self._sizes = sizes
        self._shapes = points / sizes[:, None, None]
        n = len(points)
        self._flat = self._shapes.reshape(n, -1)
        self._centre = np.nanmedian(self._flat, axis=0)
        self._covariance = _covariance(self._flat - self._centre)
        squares = np.stack([self._squares(one, ~np.isnan(one[::2]))[0] for one in self._flat])
        with np.errstate(all="ignore"):
            usual = np.array([np.median(one[~np.isnan(one)]) if (~np.isnan(one)).any() else 1.0 for one in squares.T])
        self._usual = np.maximum(usual / _MEDIAN, 1e-12)

    def doubted(self, place: int, threshold: float) -> list[tuple[int, float, float]]:
        """Give (landmark, robust standard deviations, distance in pixels) of one image, the least expected first."""
        known = ~np.isnan(self._shapes[place, :, 0])
        found = []
        while known.sum() >= LEAST_IN_AN_IMAGE:
            squares, distances = self._squares(self._flat[place], known)
            scores = np.sqrt(squares / self._usual)
            worst = int(np.nanargmax(scores))
            if not scores[worst] > threshold:
                break
            found.append((worst, float(scores[worst]), float(distances[worst] * self._sizes[place])))
            known[worst] = False
        return found

    def oddness(self, points: NDArray[np.float64], size: float) -> NDArray[np.float64]:
        """Give how far each landmark of another shape (L, 2) in pixels lies from where its others expect it.

        In robust standard deviations, (L,); NaN where there is no point, or fewer than four in all.
        """
        known = ~np.isnan(points[:, 0])
        if known.sum() < LEAST_IN_AN_IMAGE:
            return np.full(len(points), np.nan)
        squares, _ = self._squares(points.reshape(-1) / size, known)
        scores: NDArray[np.float64] = np.sqrt(squares / self._usual)
        return scores

    def _squares(
        self, flat: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give squared Mahalanobis distances (L,) of each known landmark given the other known ones, and distances."""
        use = np.repeat(known, 2)
        precision = np.linalg.inv(self._covariance[np.ix_(use, use)])
        pull = precision @ (flat - self._centre)[use]
        squares, distances = np.full(len(known), np.nan), np.full(len(known), np.nan)
        for number, landmark in enumerate(np.flatnonzero(known)):
            own = slice(2 * number, 2 * number + 2)
            off = np.linalg.solve(precision[own, own], pull[own])
            squares[landmark] = off @ pull[own]
            distances[landmark] = np.linalg.norm(off)
        return squares, distances


def _covariance(off: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the shrunk covariance (2 L, 2 L) of deviations (N, 2 L), each cut at three robust standard deviations."""
    spread = 1.4826 * np.nanmedian(np.abs(off), axis=0)
    limit = 3 * np.where(spread > 0, spread, np.nanmax(np.abs(off), axis=0, initial=1e-6))
    cut = np.nan_to_num(np.clip(off, -limit, limit))
    n, p = cut.shape
    plain = cut.T @ cut / n
    trace, square = np.trace(plain), float((plain**2).sum())
    denominator = (n + 1 - 2 / p) * (square - trace**2 / p)
    share = 1.0 if denominator <= 0 else min(1.0, ((1 - 2 / p) * square + trace**2) / denominator)
    share = max(share, 1e-6)
    shrunk: NDArray[np.float64] = (1 - share) * plain + share * max(trace / p, 1e-12) * np.eye(p)
    return shrunk
