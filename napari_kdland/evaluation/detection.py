"""Shares of landmarks that are found near enough: in pixels of a common size, and in shares of a reference length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.metrics import detection_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.evaluation.scoring import Evaluation


def detected_mm(evaluation: Evaluation, radius: float) -> float | None:
    """Give the share of landmarks within `radius` millimetres; `None` unless every image has a spacing."""
    if evaluation.errors_mm is None:
        return None
    return detection_rate(evaluation.errors_mm, radius, has_truth=evaluation.has_truth)


def detected_at_512(evaluation: Evaluation, radius: float) -> float | None:
    """Give the share of landmarks within `radius` pixels of images scaled to a longer side of 512.

    `None` where the size of an image is not known. A landmark that was not predicted is not detected.
    """
    geometry = evaluation.geometry
    if geometry is None or not np.isfinite(geometry.sizes).all():
        return None
    return detection_rate(evaluation.errors_px * geometry.at_512, radius, has_truth=evaluation.has_truth)


def reference_lengths(evaluation: Evaluation) -> NDArray[np.float64] | None:
    """Give the scheme's reference length in each image's truth; (N,), NaN where one of its landmarks is not there.

    In millimetres where every image has a spacing, else in pixels; `None` where the scheme has no such length.
    """
    length, geometry = evaluation.measures.reference_length, evaluation.geometry
    if length is None or geometry is None or not evaluation.names:
        return None
    return length.length(evaluation.names, geometry.true * geometry.scale)


def pck(evaluation: Evaluation, fraction: float) -> float | None:
    """Give the share of landmarks within a share of the reference length (percentage of correct keypoints).

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
    shares = errors[measured] / lengths[measured, None]
    return detection_rate(shares, fraction, has_truth=evaluation.has_truth[measured])
