"""Landmarks that a run is too unsure of are marked to be looked at, and not shown as sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.conformal import rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks

# What stands beside such a landmark, in the table and in the viewer.
LOOK_HERE = "look here"


@dataclass(frozen=True)
class Limit:
    """How far away the truth may be before a landmark is to be looked at.

    Parameters
    ----------
    beyond_px
        Largest radius, in pixels of the original image, with which a landmark counts as sure; `None` marks none.
    level
        Probability with which the truth lies within the radius.

    Raises
    ------
    UsageError
        If the radius is not positive, or the level is no probability.
    """

    beyond_px: float | None = None
    level: float = 0.9

    def __post_init__(self) -> None:
        rank(1, self.level)
        if self.beyond_px is not None and not self.beyond_px > 0:
            raise UsageError(f"Landmarks can be marked beyond a radius above 0 px, found {self.beyond_px:g}.")


def marked(landmarks: Landmarks, radius_px: NDArray[np.float64], limit: Limit) -> Landmarks:
    """Mark predicted landmarks whose radius is beyond the limit as uncertain.

    Parameters
    ----------
    landmarks
        As predicted; those without a point stay as they are.
    radius_px : (L,)
        Radius that holds the truth at the limit's level; infinite where nobody knows one.
    """
    is_unsure = landmarks.has_point & (radius_px > (np.inf if limit.beyond_px is None else limit.beyond_px))
    states = tuple(
        LandmarkState.UNCERTAIN if unsure else state for state, unsure in zip(landmarks.states, is_unsure, strict=True)
    )
    return replace(landmarks, states=states, radius_px=np.where(landmarks.has_point, radius_px, np.nan))


def to_look_at(landmarks: Landmarks) -> NDArray[np.bool_]:
    """Say which of a run's landmarks it marked, (L,): readers use the same state for what they were not sure of."""
    return np.array([state is LandmarkState.UNCERTAIN for state in landmarks.states], dtype=bool)
