"""Shares of landmarks that are found near enough: in pixels of a common size, and in shares of a reference length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.evaluation.metrics import Errors, Flags
    from napari_kdland.evaluation.scoring import Evaluation


class Counted(NamedTuple):
    """Which landmarks (N, L) count, such as those within a radius, and among which."""

    counted: Flags
    among: Flags

    @property
    def share(self) -> float:
        """How many of those that there are count, 0 to 1; NaN where there are none."""
        return float(self.counted[self.among].mean()) if self.among.any() else float("nan")


def outliers(evaluation: Evaluation) -> Counted:
    """Give the landmarks that are more than the outlier's radius off, or were not predicted."""
    near = _within(evaluation.errors_px, evaluation.limits.outlier_px, evaluation.has_truth)
    return Counted(near.among & ~near.counted, near.among)


def hits_mm(evaluation: Evaluation, radius: float) -> Counted | None:
    """Give the landmarks within `radius` millimetres; `None` unless every image has a spacing."""
    return None if evaluation.errors_mm is None else _within(evaluation.errors_mm, radius, evaluation.has_truth)


def hits_at_512(evaluation: Evaluation, radius: float) -> Counted | None:
    """Give the landmarks within `radius` pixels of images scaled to a longer side of 512.

    `None` where the size of an image is not known. A landmark that was not predicted is not detected.
    """
    geometry = evaluation.geometry
    if geometry is None or not np.isfinite(geometry.sizes).all():
        return None
    return _within(evaluation.errors_px * geometry.at_512, radius, evaluation.has_truth)


def detected_mm(evaluation: Evaluation, radius: float) -> float | None:
    """Give the share of landmarks of `hits_mm`."""
    return _share(hits_mm(evaluation, radius))


def detected_at_512(evaluation: Evaluation, radius: float) -> float | None:
    """Give the share of landmarks of `hits_at_512`."""
    return _share(hits_at_512(evaluation, radius))


def reference_lengths(evaluation: Evaluation) -> NDArray[np.float64] | None:
    """Give the scheme's reference length in each image's truth; (N,), NaN where one of its landmarks is not there.

    In millimetres where every image has a spacing, else in pixels; `None` where the scheme has no such length.
    """
    length, geometry = evaluation.measures.reference_length, evaluation.geometry
    if length is None or geometry is None or not evaluation.names:
        return None
    return length.length(evaluation.names, geometry.true * geometry.scale)


def pck(evaluation: Evaluation, fraction: float) -> float | None:
    """Give the share of landmarks of `hits_pck` (percentage of correct keypoints)."""
    return _share(hits_pck(evaluation, fraction))


def hits_pck(evaluation: Evaluation, fraction: float) -> Counted | None:
    """Give the landmarks within a share of the reference length.

    Images whose reference length cannot be measured are left out; `None` where there is no other. A landmark that was
    not predicted is not correct.

    References
    ----------
    Yang and Ramanan (2013), Articulated human detection with flexible mixtures of parts, IEEE TPAMI 35, sec. 6.1.
    """
    lengths, geometry = reference_lengths(evaluation), evaluation.geometry
    if lengths is None or geometry is None or not (measured := np.isfinite(lengths) & (lengths > 0)).any():
        return None
    errors = np.linalg.norm((geometry.found - geometry.true) * geometry.scale, axis=2)
    shares = errors / np.where(measured, lengths, np.nan)[:, None]
    return _within(shares, fraction, evaluation.has_truth & measured[:, None])


def _within(errors: Errors, radius: float, expected: Flags) -> Counted:
    return Counted((errors <= radius) & expected, expected)


def _share(found: Counted | None) -> float | None:
    return None if found is None else found.share
