"""A weight that rises along the flank of a Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation import ramps

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def sigmoid_ramp(progress: float, part: SchedulePart) -> float:
    """Give exp(-5 (1 - t)^2) with t = progress / ramp, at most 1; 0 before the start.

    References
    ----------
    Tarvainen and Valpola 2017, Mean teachers are better role models, section 3.
    """
    return 0.0 if progress < part.start else ramps.sigmoid_ramp(progress, part.ramp)
