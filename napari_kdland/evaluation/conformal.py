"""Split-conformal radii: how far from a prediction the truth lies at most, at a level that holds for few images too."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.metrics import plain_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEVELS = (0.8, 0.9, 0.95)


def rank(n: int, level: float) -> int:
    """Give which of n calibration scores, the smallest being 1, bounds a new one with probability `level` or more.

    It is ceil((n + 1) level), computed on the decimal as written: 0.9 in floating point is a little more than nine
    tenths, and would ask for one score too many. A rank above n means that n images are too few for any bound.

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.

    References
    ----------
    Lei et al. 2018, Distribution-free predictive inference for regression, algorithm 2 (split conformal prediction).
    """
    if not 0 < level < 1:
        raise UsageError(f"A level of {level:g} is no probability between 0 and 1. Choose one such as 0.9.")
    return math.ceil((n + 1) * Fraction(str(float(level))))


def images_needed(level: float) -> int:
    """Give the least number of calibration images with which a radius at `level` is finite: 9 for 90 %, 19 for 95 %.

    Raises
    ------
    UsageError
        If `level` is not between 0 and 1.
    """
    rank(1, level)
    share = Fraction(str(float(level)))
    return math.ceil(share / (1 - share))


def radius(scores: ArrayLike, level: float) -> float:
    """Give the bound on a new score: the `rank`-th smallest of n known ones; infinite where the rank exceeds n.

    Parameters
    ----------
    scores : (n,)
        Of images that nothing was fitted on; NaN is left out.
    level
        The least probability that a new score is within.
    """
    known = np.asarray(scores, dtype=np.float64).ravel()
    known = np.sort(known[~np.isnan(known)])
    place = rank(len(known), level)
    return math.inf if place > len(known) else float(known[place - 1])


def landmark_factors(errors: ArrayLike, scale: ArrayLike, level: float) -> NDArray[np.float64]:
    """Give the factor on each landmark's own scale that makes its radius, one landmark at a time; shape (L,).

    Parameters
    ----------
    errors : (N, L)
        Radial errors on the calibration images; NaN where there is none.
    scale : (N, L)
        What the errors are measured in, such as the predicted standard deviation, in the same unit.
    """
    return np.array([radius(column, level) for column in scores(errors, scale).T], dtype=np.float64)


def simultaneous_factor(errors: ArrayLike, scale: ArrayLike, level: float) -> float:
    """Give the factor with which all landmarks of an image are within their radii at once.

    The score of an image is the largest of error / scale over its landmarks; images without any are left out.
    """
    found = scores(errors, scale)
    known = found[~np.isnan(found).all(axis=1)]
    return radius(np.nanmax(known, axis=1) if known.size else [], level)


def scores(errors: ArrayLike, scale: ArrayLike) -> NDArray[np.float64]:
    """Give error / scale (N, L): 0 where nothing is wrong, infinite where a wrong landmark claimed to be sure."""
    wrong, own = np.broadcast_arrays(np.asarray(errors, dtype=np.float64), np.asarray(scale, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = wrong / own
    return np.where((wrong == 0) & ~np.isnan(own), 0.0, found)


@dataclass(frozen=True)
class Coverage:
    """How well radii of one calibration hold on other images.

    Parameters
    ----------
    level
        The probability that was asked for.
    n_calibration, n_images
        Images that the radii were made from, and images that they were tried on.
    covered
        Share of landmarks within their own radius; NaN where there is none to try.
    per_landmark
        The same by landmark name.
    all_covered
        Share of images with all landmarks within the simultaneous radii.
    mean_radius_px, mean_simultaneous_radius_px
        In pixels; infinite where there are too few calibration images.
    """

    level: float
    n_calibration: int
    n_images: int
    covered: float
    per_landmark: dict[str, float]
    all_covered: float
    mean_radius_px: float
    mean_simultaneous_radius_px: float

    @property
    def note(self) -> str:
        """A sentence where the calibration images are too few; empty where they are enough."""
        needed, percent = images_needed(self.level), f"{100 * self.level:g} %"
        if math.isfinite(self.mean_radius_px) and math.isfinite(self.mean_simultaneous_radius_px):
            return ""
        return (
            f"A radius that holds in {percent} of cases needs {needed} or more annotated validation images "
            f"of every landmark, and there are {self.n_calibration}: the radius is infinite."
        )

    def to_json(self) -> dict[str, Any]:
        """Give plain values; an infinite radius is `None`, and the note says why."""
        return plain_values({**asdict(self), "note": self.note})  # type: ignore[no-any-return]  # a mapping stays one


def coverage(
    calibration: tuple[ArrayLike, ArrayLike], tried: tuple[ArrayLike, ArrayLike], level: float, names: tuple[str, ...]
) -> Coverage:
    """Make radii from the errors and scales (N, L) of some images and try them on those of others (M, L)."""
    factors = landmark_factors(*calibration, level)
    together = simultaneous_factor(*calibration, level)
    errors, scale = (np.asarray(part, dtype=np.float64) for part in tried)
    found = scores(errors, scale)
    is_known = ~np.isnan(found)
    is_within = np.where(is_known, found <= factors, np.nan)
    is_whole = (found <= together) | ~is_known
    images = is_known.any(axis=1)
    return Coverage(
        level=level,
        n_calibration=int((~np.isnan(scores(*calibration))).any(axis=1).sum()),
        n_images=int(images.sum()),
        covered=_mean(is_within),
        per_landmark={name: _mean(column) for name, column in zip(names, is_within.T, strict=True)},
        all_covered=_mean(is_whole[images].all(axis=1)),
        mean_radius_px=_mean(_times(factors, scale)[is_known]),
        mean_simultaneous_radius_px=_mean(_times(together, scale)[is_known]),
    )


def _times(factor: ArrayLike, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply, an infinite factor staying infinite where the scale is 0."""
    grown = np.broadcast_to(np.asarray(factor, dtype=np.float64), scale.shape)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(grown), np.inf, grown * scale)


def _mean(values: ArrayLike) -> float:
    known = np.asarray(values, dtype=np.float64).ravel()
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else math.nan
