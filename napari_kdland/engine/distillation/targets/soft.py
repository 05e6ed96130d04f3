"""The teacher's heatmap as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import TargetPart


def soft(output: TeacherOutput, *, part: TargetPart, sigma: float) -> Tensor:
    """Give the teacher's log-probabilities unchanged.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2 (soft targets).
    """
    return output.log_probabilities
