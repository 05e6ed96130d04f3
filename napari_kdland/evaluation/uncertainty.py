"""What a predicted uncertainty is worth: reliability, sparsification, rank correlation, coverage."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation import conformal
from napari_kdland.evaluation.calibration import floored
from napari_kdland.evaluation.metrics import plain_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.evaluation.calibration import Calibration
    from napari_kdland.evaluation.conformal import Coverage

_BINS, _LEAST_IN_BIN = 10, 5
_QUANTILES = 5


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predicted standard deviation against the error found, in bins of equally many predictions, surest first.

    Parameters
    ----------
    predicted_px, found_px : (B,)
        Root mean square of the predicted standard deviation along an axis, and of the error along an axis (the radial
        error over the root of 2); equal where the uncertainty is right.
    counts : (B,)
        Predictions in each bin.
    """

    predicted_px: NDArray[np.float64]
    found_px: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def ence(self) -> float:
        """Expected normalised calibration error: mean over bins of abs(predicted - found) / predicted; NaN without any.

        References
        ----------
        Levi et al. 2022, Evaluating and calibrating uncertainty prediction in regression tasks, eq. 8.
        """
        known = self.predicted_px > 0
        if not known.any():
            return math.nan
        return float(np.mean(np.abs(self.predicted_px - self.found_px)[known] / self.predicted_px[known]))


@dataclass(frozen=True, eq=False)
class Sparsification:
    """Mean error of what is left when the least sure predictions are taken out, as a share of the mean of all.

    Parameters
    ----------
    removed : (n,)
        Share taken out, from 0.
    by_uncertainty, by_error : (n,)
        Taken out by predicted uncertainty; by the error itself, the best order there can be.
    """

    removed: NDArray[np.float64]
    by_uncertainty: NDArray[np.float64]
    by_error: NDArray[np.float64]

    @property
    def ause(self) -> float:
        """Area between the two curves: 0 for the best order there can be; NaN without predictions.

        References
        ----------
        Ilg et al. 2018, Uncertainty estimates and multi-hypotheses networks for optical flow, section 3.3.
        """
        if len(self.removed) < 2:
            return math.nan
        from scipy import integrate

        return float(integrate.trapezoid(self.by_uncertainty - self.by_error, self.removed))


@dataclass(frozen=True, eq=False)
class Sureness:
    """How well standard deviations tell errors, as the figures of a report show it.

    Parameters
    ----------
    reliability, sparsification
        Of the same predictions.
    """

    reliability: Reliability = field(repr=False)
    sparsification: Sparsification = field(repr=False)

    @classmethod
    def of(cls, errors: ArrayLike, sd: ArrayLike) -> Sureness:
        """Work it out from radial errors and standard deviations along an axis, of one shape; NaN is left out."""
        return cls(reliability(errors, sd), sparsification(errors, sd))


@dataclass(frozen=True)
class UncertaintyFigures:
    """All figures of one uncertainty on the images of a split.

    Parameters
    ----------
    how
        Where the uncertainty comes from.
    n_images, n_predictions
        What could be measured.
    ence, ause, spearman, jaccard
        See `Reliability`, `Sparsification`, `rank_correlation` and `quantile_jaccard`; NaN where undefined.
    spearman_per_landmark
        Rank correlation by landmark name.
    coverage
        At 80, 90 and 95 %.
    reliability, sparsification
        For the figures of a report.
    scale
        Factor on each landmark's standard deviation, from the validation images.
    ence_before
        The calibration error of the standard deviations as they were found, before these factors.
    """

    how: str
    n_images: int
    n_predictions: int
    ence: float
    ause: float
    spearman: float
    jaccard: float
    spearman_per_landmark: dict[str, float]
    coverage: tuple[Coverage, ...]
    reliability: Reliability = field(repr=False)
    sparsification: Sparsification = field(repr=False)
    scale: dict[str, float] = field(default_factory=dict)
    ence_before: float = math.nan

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the figures cannot say."""
        return tuple(one.note for one in self.coverage if one.note)

    def text(self) -> str:
        """Say in a few lines what the figures are."""
        figures = (("ENCE", self.ence), ("AUSE", self.ause), ("Spearman", self.spearman), ("Jaccard", self.jaccard))
        lines = [
            f"Uncertainty from {self.how}, calibrated on val: {self.n_predictions} landmarks in {self.n_images} images",
            "  "
            + "   ".join(f"{name} {value:.2f}" for name, value in figures)
            + f"   (ENCE before scaling {self.ence_before:.2f})",
        ]
        for one in self.coverage:
            each = f"{100 * one.covered:.1f} % of landmarks within {one.mean_radius_px:.1f} px"
            every = f"all of an image within {one.mean_simultaneous_radius_px:.1f} px in {100 * one.all_covered:.1f} %"
            lines.append(f"  {100 * one.level:g} %: {each}; {every}")
        return "\n".join([*lines, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        curves = {name: asdict(getattr(self, name)) for name in ("reliability", "sparsification")}
        plain: dict[str, Any] = plain_values({**vars(self), **curves, "coverage": None, "notes": self.notes})
        return plain | {"coverage": [one.to_json() for one in self.coverage]}


def judge(
    calibration: Calibration, errors_px: ArrayLike, sd_px: ArrayLike, *, levels: tuple[float, ...] = conformal.LEVELS
) -> UncertaintyFigures:
    """Hold the uncertainty of predictions against their errors.

    Parameters
    ----------
    calibration
        From the validation images.
    errors_px, sd_px : (N, L)
        Radial errors, and standard deviations along an axis before calibration, on other images than those; NaN
        where truth or prediction has no point.
    """
    errors, raw = np.asarray(errors_px, dtype=np.float64), floored(sd_px)
    sd = calibration.calibrated(raw)
    known = ~(np.isnan(errors) | np.isnan(sd))
    reliable, sparse = reliability(errors, sd), sparsification(errors, sd)
    learnt = (calibration.errors_px, calibration.floored_px)
    pairs = zip(calibration.names, errors.T, sd.T, strict=True)
    return UncertaintyFigures(
        how=calibration.how,
        n_images=int(known.any(axis=1).sum()),
        n_predictions=int(known.sum()),
        ence=reliable.ence,
        ause=sparse.ause,
        spearman=rank_correlation(errors, sd),
        jaccard=quantile_jaccard(errors, sd),
        spearman_per_landmark={name: rank_correlation(one, other) for name, one, other in pairs},
        coverage=tuple(conformal.coverage(learnt, (errors, raw), level, calibration.names) for level in levels),
        reliability=reliable,
        sparsification=sparse,
        scale=dict(zip(calibration.names, calibration.scales.tolist(), strict=True)),
        ence_before=reliability(errors, raw).ence,
    )


def reliability(errors: ArrayLike, sd: ArrayLike, *, bins: int = _BINS) -> Reliability:
    """Sort predictions by their standard deviation into bins of equally many, at least five in each.

    Parameters
    ----------
    errors, sd
        Of one shape and unit: radial errors, and standard deviations along an axis; NaN is left out.
    """
    wrong, sure = _known(errors, sd)
    count = min(bins, max(1, len(wrong) // _LEAST_IN_BIN)) if len(wrong) else 0
    order = np.argsort(sure, kind="stable")
    parts = np.array_split(order, count) if count else []
    return Reliability(
        predicted_px=np.array([_root_mean_square(sure[part]) for part in parts]),
        found_px=np.array([_root_mean_square(wrong[part]) / math.sqrt(2) for part in parts]),
        counts=np.array([len(part) for part in parts], dtype=np.int64),
    )


def sparsification(errors: ArrayLike, sd: ArrayLike) -> Sparsification:
    """Take predictions out one by one, the least sure first; NaN is left out.

    Predictions that are equally sure have no order: each counts as their mean.
    """
    wrong, sure = _known(errors, sd)
    if not len(wrong) or not wrong.mean() > 0:
        nothing = np.zeros(0)
        return Sparsification(nothing, nothing, nothing)
    removed = np.arange(len(wrong)) / len(wrong)
    return Sparsification(removed, _left(_tied(wrong, sure)), _left(np.sort(wrong)))


def rank_correlation(errors: ArrayLike, sd: ArrayLike) -> float:
    """Give Spearman's correlation of errors and uncertainties; NaN where one of them does not vary."""
    wrong, sure = _known(errors, sd)
    if len(wrong) < 3 or np.ptp(wrong) == 0 or np.ptp(sure) == 0:
        return math.nan
    from scipy import stats

    return float(stats.spearmanr(wrong, sure).statistic)


def quantile_jaccard(errors: ArrayLike, sd: ArrayLike, *, bins: int = _QUANTILES) -> float:
    """Give how well bins by uncertainty are bins by error: the mean over bins of intersection over union.

    1 where both orders agree; 1/9 on average for five bins where they are unrelated; NaN with fewer predictions than
    bins.

    References
    ----------
    Schobs et al. 2023, Uncertainty estimation for heatmap-based landmark localization, section III-E.
    """
    wrong, sure = _known(errors, sd)
    if len(wrong) < bins:
        return math.nan
    by_error, by_sd = (_bins_of(values, bins) for values in (wrong, sure))
    shares = [
        np.count_nonzero((by_error == bin_) & (by_sd == bin_)) / np.count_nonzero((by_error == bin_) | (by_sd == bin_))
        for bin_ in range(bins)
    ]
    return float(np.mean(shares))


def _bins_of(values: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    places = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return places * bins // len(values)


def _known(errors: ArrayLike, sd: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    wrong, sure = (np.asarray(values, dtype=np.float64).ravel() for values in (errors, sd))
    known = ~(np.isnan(wrong) | np.isnan(sure))
    return wrong[known], sure[known]


def _tied(wrong: NDArray[np.float64], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the errors, surest first, those of equal uncertainty replaced by their mean."""
    _, group, counts = np.unique(sure, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=wrong) / counts
    return np.repeat(means, counts)


def _left(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean of what is left when the last are taken out one by one, over the mean of all."""
    left: NDArray[np.float64] = (np.cumsum(errors) / np.arange(1, len(errors) + 1))[::-1] / errors.mean()
    return left


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.mean(np.square(values))))
