"""Ratios that readers use, such as the cardiothoracic ratio: how well a source agrees with the truth on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.anatomy import Index
    from napari_kdland.evaluation.scoring import Evaluation

    Values = NDArray[np.float64]

# The share of a normal distribution within this many standard deviations is 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Agreement:
    """How two measurements of the same images agree; differences are found minus reference.

    Parameters
    ----------
    mean_absolute, bias, sd
        Mean absolute difference, mean difference, and its sample standard deviation (NaN for one image).
    low, high
        Limits of agreement: within these lie 95 % of the differences, were they normal.
    bias_interval, low_interval, high_interval
        95 % confidence intervals of bias and limits; `None` with fewer than two images.
    n
        Images measured in both.
    n_left_out
        Images that have a reference, but were not measured.

    References
    ----------
    Bland and Altman (1986), Statistical methods for assessing agreement between two methods of clinical measurement,
    Lancet 327, 307-310: limits d +- 1.96 s; standard errors sqrt(s^2/n) and sqrt(3 s^2/n).
    """

    mean_absolute: float
    bias: float
    sd: float
    low: float
    high: float
    bias_interval: tuple[float, float] | None
    low_interval: tuple[float, float] | None
    high_interval: tuple[float, float] | None
    n: int
    n_left_out: int


def index_values(index: Index, evaluation: Evaluation, *, of_truth: bool = False) -> Values:
    """Measure an index in each image; (N,), NaN where one of its landmarks is missing or the denominator is nothing."""
    geometry = evaluation.geometry
    if geometry is None:
        return np.full(len(evaluation.images), np.nan)
    # Each image by itself: a ratio has no unit, so images with and without a spacing do not get mixed.
    spacing = np.where(geometry.has_spacing[:, None], geometry.spacing_mm, 1.0)
    points = (geometry.true if of_truth else geometry.found) * spacing[:, None, :]
    above = index.numerator.length(evaluation.names, points)
    below = index.denominator.length(evaluation.names, points)
    ratios: Values = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return ratios


def references(index: Index, evaluation: Evaluation, given: Mapping[str, float] | None = None) -> Values:
    """Give what an index is held against: values from elsewhere by image where they are given, else the truth's own."""
    if given is None:
        return index_values(index, evaluation, of_truth=True)
    return np.array([given.get(image, np.nan) for image in evaluation.images], dtype=np.float64)


def agreement(found: ArrayLike, reference: ArrayLike) -> Agreement:
    """Hold measurements (N,) against those of a reference (N,); NaN where there is none."""
    from scipy import stats

    found, reference = np.asarray(found, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    differences = found - reference
    measured = differences[np.isfinite(differences)]
    n, n_left_out = len(measured), int((np.isfinite(reference) & ~np.isfinite(found)).sum())
    if n == 0:
        nan = float("nan")
        return Agreement(nan, nan, nan, nan, nan, None, None, None, 0, n_left_out)
    mean_absolute, bias = float(np.abs(measured).mean()), float(measured.mean())
    if n == 1:
        nan = float("nan")
        return Agreement(mean_absolute, bias, nan, nan, nan, None, None, None, 1, n_left_out)
    sd = float(measured.std(ddof=1))
    t = float(stats.t.ppf(0.975, n - 1))
    ends = (bias, bias - _Z * sd, bias + _Z * sd)
    reaches = (t * sd / n**0.5, *[t * sd * (3 / n) ** 0.5] * 2)
    of_bias, of_low, of_high = ((end - reach, end + reach) for end, reach in zip(ends, reaches, strict=True))
    return Agreement(mean_absolute, bias, sd, ends[1], ends[2], of_bias, of_low, of_high, n, n_left_out)
