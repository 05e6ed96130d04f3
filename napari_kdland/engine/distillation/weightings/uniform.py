"""Every landmark of the teacher counts the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.base import Weights

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import TeacherOutput
    from napari_kdland.recipes.model import WeightingPart


def uniform(
    output: TeacherOutput,
    *,
    part: WeightingPart,
    stride: float,
    progress: float,
    overlapping: bool,
) -> Weights:
    """Give 1 for every landmark.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2 (every case counts alike).
    """
    logs = output.log_probabilities
    return Weights(logs.new_ones(logs.shape[:2]))
