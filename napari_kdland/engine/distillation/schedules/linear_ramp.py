"""A weight that rises along a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def linear_ramp(progress: float, part: SchedulePart) -> float:
    """Give progress / ramp, at most 1; 0 before the start.

    References
    ----------
    Laine and Aila 2017, Temporal ensembling for semi-supervised learning, section 3 (a ramp-up of the unsupervised
    weight); the straight line is that of the code of Tarvainen and Valpola 2017.
    """
    return 0.0 if progress < part.start else min(progress / part.ramp, 1.0)
