"""Whether a source and the truth agree that a landmark is there at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.evaluation.metrics import Flags


@dataclass(frozen=True)
class Presence:
    """How often source and truth agree that a landmark is there at all.

    A landmark is present where it has a point (placed, occluded, uncertain), absent where the truth says so. Landmarks
    that are not yet placed in the truth are in none of the first four counts.

    Parameters
    ----------
    n_found
        Present in both.
    n_missing
        Present in the truth, without a predicted point.
    n_invented
        Absent in the truth, but predicted with a point.
    n_rightly_absent
        Absent in the truth, and not predicted.
    n_unknown
        Not yet placed in the truth.
    """

    n_found: int
    n_missing: int
    n_invented: int
    n_rightly_absent: int
    n_unknown: int


def count(is_there: Flags, is_absent: Flags, is_found: Flags) -> Presence:
    """Count the four ways in which truth and source can stand to each other; three arrays of one shape."""
    return Presence(
        n_found=int((is_there & is_found).sum()),
        n_missing=int((is_there & ~is_found).sum()),
        n_invented=int((is_absent & is_found).sum()),
        n_rightly_absent=int((is_absent & ~is_found).sum()),
        n_unknown=int((~is_there & ~is_absent).sum()),
    )
