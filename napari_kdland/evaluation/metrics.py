"""How far predicted landmarks lie from the truth: radial errors, and their summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Errors = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """Radii at which errors are judged.

    Parameters
    ----------
    outlier_px
        A landmark farther off than this is an outlier.
    detection_px, detection_mm
        Radii of the detection rates; a landmark at exactly the radius counts as detected.
    """

    outlier_px: float = 50.0
    detection_px: tuple[float, ...] = (3.0, 6.0, 9.0, 20.0, 50.0)
    detection_mm: tuple[float, ...] = (2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 15.0)


@dataclass(frozen=True)
class LandmarkSummary:
    """Errors of one landmark over all images; NaN where it was never measured."""

    mean_radial_error_px: float
    median_radial_error_px: float
    p95_radial_error_px: float
    worst_radial_error_px: float
    n: int
    n_missing: int


@dataclass(frozen=True)
class ErrorSummary:
    """Errors of one source over all images.

    Parameters
    ----------
    mean_radial_error_px, sd_radial_error_px
        The image is the unit: errors are averaged over the landmarks of an image first, then mean and sample standard
        deviation are taken over the images. NaN where nothing was measured; SD is NaN for a single image.
    median_radial_error_px, p95_radial_error_px, worst_radial_error_px
        Pooled: over the errors of all landmarks of all images.
    outlier_rate
        Pooled: share of the landmarks with a true point that are more than `outlier_px` off or were not predicted.
    detection_rates, detection_rates_mm
        Pooled: share of the landmarks with a true point that were predicted within each radius, by radius. A landmark
        that was not predicted counts as not detected.
    n_images
        Images with at least one error.
    n_landmarks
        Errors in the pool.
    n_missing
        Landmarks with a true point for which there is no predicted one. They are in no mean, median or percentile.
    mean_radial_error_mm, sd_radial_error_mm, median_radial_error_mm, p95_radial_error_mm
        The same in millimetres; `None` unless every image has a spacing.
    """

    mean_radial_error_px: float
    sd_radial_error_px: float
    median_radial_error_px: float
    p95_radial_error_px: float
    worst_radial_error_px: float
    outlier_rate: float
    outlier_px: float
    detection_rates: Mapping[float, float]
    n_images: int
    n_landmarks: int
    n_missing: int
    per_landmark: Mapping[str, LandmarkSummary]
    mean_radial_error_mm: float | None = None
    sd_radial_error_mm: float | None = None
    median_radial_error_mm: float | None = None
    p95_radial_error_mm: float | None = None
    detection_rates_mm: Mapping[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`: radii as text, `None` for what is not a number."""
        plain: dict[str, Any] = plain_values(asdict(self))
        return plain


class _Figures(NamedTuple):
    mean: float
    sd: float
    median: float
    p95: float
    worst: float


def radial_errors(predicted: ArrayLike, truth: ArrayLike, *, spacing_mm: ArrayLike | None = None) -> Errors:
    """Measure the distance of every predicted landmark from the true one.

    Parameters
    ----------
    predicted, truth : (N, L, 2)
        (y, x) in image pixels; NaN where there is no point.
    spacing_mm : (N, 2), optional
        Millimetres per pixel of every image, between rows (along y) and between columns (along x).

    Returns
    -------
    (N, L)
        In pixels, or in millimetres where `spacing_mm` is given; NaN where either point is missing.

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    """
    predicted, truth = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if predicted.shape != truth.shape or truth.ndim != 3 or truth.shape[2] != 2:
        raise ValueError(f"predicted {predicted.shape} and truth {truth.shape}: expected two equal shapes (N, L, 2)")
    known = np.isfinite(predicted).all(axis=2) & np.isfinite(truth).all(axis=2)
    offsets = np.where(known[..., None], predicted, np.nan) - np.where(known[..., None], truth, np.nan)
    if spacing_mm is not None:
        spacing = np.asarray(spacing_mm, dtype=np.float64)
        if spacing.shape != (len(truth), 2):
            raise ValueError(f"spacing has shape {spacing.shape}: expected ({len(truth)}, 2)")
        offsets = offsets * spacing[:, None, :]
    distances: Errors = np.hypot(offsets[..., 0], offsets[..., 1])
    return distances


def image_means(errors: Errors) -> Errors:
    """Average errors (N, L) over the landmarks of each image; (N,), NaN where an image has none."""
    measured = np.isfinite(errors)
    totals = np.where(measured, errors, 0.0).sum(axis=1)
    counts = measured.sum(axis=1)
    means: Errors = np.divide(totals, counts, out=np.full(len(errors), np.nan), where=counts > 0)
    return means


def detection_rate(errors: Errors, radius: float, *, has_truth: Flags | None = None) -> float:
    """Give the share of landmarks within `radius`, the radius itself included.

    Parameters
    ----------
    errors
        Any shape, in the unit of `radius`.
    has_truth
        Same shape: which landmarks have a true point, so that one of them without an error was missed. By default
        landmarks without an error are left out.
    """
    expected = np.isfinite(errors) if has_truth is None else has_truth
    if not expected.any():
        return float("nan")
    return float((errors[expected] <= radius).mean())


def summarise(
    errors: Errors,
    *,
    names: Sequence[str] | None = None,
    has_truth: Flags | None = None,
    errors_mm: Errors | None = None,
    limits: Limits | None = None,
) -> ErrorSummary:
    """Sum up the errors of one source.

    Parameters
    ----------
    errors : (N, L)
        Radial errors in pixels, NaN where not measured.
    names
        Names of the L landmarks; ``1``, ``2``, ... by default.
    has_truth : (N, L), optional
        Which landmarks have a true point: where such a landmark has no error, its prediction is missing. By default
        nothing is taken to be missing.
    errors_mm : (N, L), optional
        The same errors in millimetres; only where every image has a spacing.
    limits
        Radii of outliers and detection rates; `Limits()` by default.
    """
    limits = limits or Limits()
    names = tuple(names) if names is not None else tuple(str(index + 1) for index in range(errors.shape[1]))
    expected = np.isfinite(errors) if has_truth is None else np.asarray(has_truth, dtype=bool)
    measured = np.isfinite(errors)
    px = _figures(errors)
    mm = None if errors_mm is None else _figures(errors_mm)
    return ErrorSummary(
        mean_radial_error_px=px.mean,
        sd_radial_error_px=px.sd,
        median_radial_error_px=px.median,
        p95_radial_error_px=px.p95,
        worst_radial_error_px=px.worst,
        outlier_rate=1.0 - detection_rate(errors, limits.outlier_px, has_truth=expected),
        outlier_px=limits.outlier_px,
        detection_rates=_rates(errors, limits.detection_px, expected),
        n_images=int(measured.any(axis=1).sum()),
        n_landmarks=int(measured.sum()),
        n_missing=int((expected & ~measured).sum()),
        per_landmark={name: _of_landmark(errors[:, i], expected[:, i]) for i, name in enumerate(names)},
        mean_radial_error_mm=mm.mean if mm else None,
        sd_radial_error_mm=mm.sd if mm else None,
        median_radial_error_mm=mm.median if mm else None,
        p95_radial_error_mm=mm.p95 if mm else None,
        detection_rates_mm=None if errors_mm is None else _rates(errors_mm, limits.detection_mm, expected),
    )


def _figures(errors: Errors) -> _Figures:
    means = image_means(errors)
    means = means[np.isfinite(means)]
    pool = errors[np.isfinite(errors)]
    if not len(pool):
        return _Figures(*[float("nan")] * 5)
    median, p95 = np.percentile(pool, [50, 95])
    sd = means.std(ddof=1) if len(means) > 1 else np.nan
    return _Figures(float(means.mean()), float(sd), float(median), float(p95), float(pool.max()))


def _rates(errors: Errors, radii: Sequence[float], expected: Flags) -> dict[float, float]:
    return {radius: detection_rate(errors, radius, has_truth=expected) for radius in radii}


def _of_landmark(errors: Errors, expected: Flags) -> LandmarkSummary:
    figures = _figures(errors[:, None])
    n = int(np.isfinite(errors).sum())
    n_missing = int((expected & ~np.isfinite(errors)).sum())
    return LandmarkSummary(figures.mean, figures.median, figures.p95, figures.worst, n, n_missing)


def plain_values(value: Any) -> Any:
    """Give a structure that strict JSON can hold: text keys, lists, `None` for NaN and infinity."""
    if isinstance(value, Mapping):
        return {f"{key:g}" if isinstance(key, float) else str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain_values(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
