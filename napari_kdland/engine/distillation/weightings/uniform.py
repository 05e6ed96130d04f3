"""Every landmark of the teacher counts the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def uniform(output: TeacherOutput, *, part: WeightingPart, stride: float) -> Tensor:  # noqa: ARG001, as its menu calls it
    """Give ones, (B, L).

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2, which weighs nothing.
    """
    return output.log_probabilities.new_ones(output.log_probabilities.shape[:2])
