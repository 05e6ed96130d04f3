"""One network, trained or the student's running average, asked many times with dropout on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.devices import drawn_from
from napari_kdland.engine.networks.dropout import dropout_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from napari_kdland.engine.distillation.base import Answer, Member
    from napari_kdland.recipes.model import TeacherPart


class DropoutTeacher:
    """A network whose dropout stays on: every pass is a draw from its approximate posterior.

    A recipe that makes no passes has it asked once, without dropout; so does the running average of a plain mean
    teacher.

    References
    ----------
    Gal and Ghahramani 2016, Dropout as a Bayesian approximation, eq. 6-9. With the running average: Tarvainen and
    Valpola 2017, Mean teachers are better role models, section 2, and Yu et al. 2019, Uncertainty-aware self-ensembling
    model for semi-supervised 3D left atrium segmentation, eq. 2-3.
    """

    def __init__(self, members: Sequence[Member], part: TeacherPart) -> None:
        (self._member,) = members
        self._passes = part.passes

    def answers(self, images: Tensor, size: tuple[int, int], taps: Sequence[str], seed: int) -> Iterator[Answer]:
        """Give one answer a pass; only the dropout layers behave as in training."""
        network = self._member.network
        if not self._passes:
            yield self._member.answer(images, size, taps)
        for number in range(self._passes):
            with dropout_on(network), drawn_from(images.device, seed, number):
                answer = self._member.answer(images, size, taps)
            yield answer
