"""A weight that rises along a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def linear_ramp(progress: float, part: SchedulePart) -> float:
    """Give progress / ramp, at most 1; 0 before the start.

    References
    ----------
    Tarvainen and Valpola 2017, Mean teachers are better role models, `linear_rampup` of its code.
    """
    return 0.0 if progress < part.start else min(progress / part.ramp, 1.0)
