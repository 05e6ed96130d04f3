"""Errors of landmarks on an outline: the part across it, which a reader sees, and the part along it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from napari_kdland.anatomy.measures import matching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.evaluation.metrics import Errors
    from napari_kdland.evaluation.scoring import Evaluation


class Parts(NamedTuple):
    """The two parts of the errors (N, L); NaN for landmarks that lie on no outline or were not measured."""

    normal: Errors
    tangential: Errors


def parts(evaluation: Evaluation, unit: Literal["px", "mm"] = "px") -> Parts | None:
    """Split errors into the part across the true outline and the part along it.

    Where groups share a landmark the first one's outline counts. `None` where the scheme names no outline, and in
    millimetres unless every image has a spacing.
    """
    outlines = [group for group in evaluation.measures.groups if group.outline != "none"]
    geometry = evaluation.geometry
    if not outlines or geometry is None or (unit == "mm" and not geometry.has_spacing.all()):
        return None
    scale = geometry.scale if unit == "mm" else 1.0
    true, found = geometry.true * scale, geometry.found * scale
    along = np.full(true.shape, np.nan)
    for group in reversed(outlines):
        columns = [evaluation.names.index(name) for name in matching(group.landmarks, evaluation.names)]
        along[:, columns] = tangents(true[:, columns], is_closed=group.outline == "closed")
    offsets = found - true
    tangential = np.abs((offsets * along).sum(axis=2))
    normal = np.abs(offsets[..., 0] * along[..., 1] - offsets[..., 1] * along[..., 0])
    return Parts(normal, tangential)


def tangents(points: NDArray[np.float64], *, is_closed: bool) -> NDArray[np.float64]:
    """Give the direction of an outline at each of its points: from the one before to the one after.

    Parameters
    ----------
    points : (N, P, 2)
        In the order of the outline; NaN where there is none.
    is_closed
        Whether the last point is followed by the first.

    Returns
    -------
    (N, P, 2)
        Of length 1; NaN at a point that is missing, or has no neighbour to give a direction.
    """
    before, after = np.roll(points, 1, axis=1), np.roll(points, -1, axis=1)
    if not is_closed:
        before[:, 0], after[:, -1] = np.nan, np.nan
    # At an open end, or beside a missing point, the one neighbour that there is gives the direction.
    before, after = (np.where(np.isfinite(beside), beside, points) for beside in (before, after))
    directions = np.where(np.isfinite(points), after - before, np.nan)
    lengths = np.linalg.norm(directions, axis=2, keepdims=True)
    units: NDArray[np.float64] = np.divide(
        directions, lengths, out=np.full(directions.shape, np.nan), where=lengths > 0
    )
    return units
