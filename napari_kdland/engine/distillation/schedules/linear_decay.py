"""A weight that falls along a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def linear_decay(progress: float, part: SchedulePart) -> float:
    """Give 1 - progress / ramp, at least 0; 0 before the start.

    References
    ----------
    Yang et al. 2023, Effective whole-body pose estimation with two-stages distillation, the weight of its terms, with a
    ramp of 1.
    """
    return 0.0 if progress < part.start else max(1 - progress / part.ramp, 0.0)
