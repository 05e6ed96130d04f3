"""Several trained runs as one teacher."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.base import Member, TeacherOutput, grid_sigma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class EnsembleTeacher:
    """The mean of several runs' heatmaps: wider where they disagree, with more than one peak if need be.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2 (arithmetic mean).
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)

    def __call__(self, images: Tensor, size: tuple[int, int]) -> TeacherOutput:
        """Give the mean of the members' probabilities, taken one after the other so that memory does not grow."""
        first, *others = self._members
        total = first.log_probabilities(images, size).exp_()
        for member in others:
            total += member.log_probabilities(images, size).exp_()
        # Far from every peak a float32 probability underflows; its logarithm must stay finite.
        logs = total.clamp_min_(1e-30).log_().sub_(math.log(len(self._members)))
        sigma = sum(grid_sigma(member, images, size) for member in self._members) / len(self._members)
        return TeacherOutput(logs, sigma)
