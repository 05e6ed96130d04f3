"""Kullback-Leibler divergence between feature channels as distributions over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.terms.distributions import divergence, soft_logs
from napari_kdland.engine.distillation.terms.taps import TapTerm, resized

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import Held


class ChannelKL(TapTerm):
    """T^2 KL(teacher || student) over the space of each channel, mean over images and channels.

    References
    ----------
    Shu et al. 2021, Channel-wise knowledge distillation for dense prediction, eq. 3-4, on features.
    """

    _is_adapted = True

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return channel_kl(student, teacher, inverse_temperature=self._term.inverse_temperature)


def channel_kl(student: Tensor, teacher: Tensor, *, inverse_temperature: float = 1.0) -> Tensor:
    """Give T^2 KL(teacher || student) over space, mean over images and channels.

    Parameters
    ----------
    student : (B, C, h, w)
        Features, with the teacher's number of channels; brought to its grid where that is another.
    teacher : (B, C, h', w')
        Features.
    inverse_temperature
        b = 1 / T multiplies both sides before the softmax.
    """
    b = inverse_temperature
    student_logs = soft_logs(resized(student, teacher).flatten(2), dim=2, inverse_temperature=b)
    teacher_logs = soft_logs(teacher.flatten(2), dim=2, inverse_temperature=b)
    return divergence(student_logs, teacher_logs, dim=2).mean() / b**2
