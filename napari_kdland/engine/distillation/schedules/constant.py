"""Full weight from its start on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.recipes.model import SchedulePart


def constant(progress: float, part: SchedulePart) -> float:
    """Give 0 before the start, 1 from then on.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2, with fixed weights.
    """
    return 0.0 if progress < part.start else 1.0
