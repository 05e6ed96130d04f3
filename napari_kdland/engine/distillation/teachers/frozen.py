"""One trained run as teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from napari_kdland.engine.distillation.base import Answer, Member
    from napari_kdland.recipes.model import TeacherPart


class FrozenTeacher:
    """A trained network that does not change; several are an ensemble, whose answers are averaged.

    References
    ----------
    Hinton, Vinyals, Dean 2015, Distilling the knowledge in a neural network, section 2 (for several: the arithmetic
    mean of their predictions).
    """

    def __init__(self, members: Sequence[Member], part: TeacherPart) -> None:
        self._members = tuple(members)

    def answers(self, images: Tensor, size: tuple[int, int], taps: Sequence[str], seed: int) -> Iterator[Answer]:
        """Give one answer a member."""
        for member in self._members:
            yield member.answer(images, size, taps)
