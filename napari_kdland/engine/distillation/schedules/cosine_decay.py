"""A weight that falls along half a cosine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def cosine_decay(progress: float, part: SchedulePart) -> float:
    """Give (1 + cos(pi t)) / 2 with t = progress / ramp, 0 from the ramp's end on; 0 before the start.

    References
    ----------
    Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts, eq. 5, without restarts.
    """
    return 0.0 if progress < part.start else 0.5 * (1 + math.cos(math.pi * min(progress / part.ramp, 1.0)))
