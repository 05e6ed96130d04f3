"""One trained run as teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.base import Member, TeacherOutput, grid_sigma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class FrozenTeacher:
    """A trained network that does not change.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        (self._member,) = members

    def __call__(self, images: Tensor, size: tuple[int, int]) -> TeacherOutput:
        """Give the run's own heatmaps on a grid of `size`."""
        sigma = grid_sigma(self._member, images, size)
        return TeacherOutput(self._member.log_probabilities(images, size), sigma)
