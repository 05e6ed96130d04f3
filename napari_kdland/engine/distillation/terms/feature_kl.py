"""Kullback-Leibler divergence between features as distributions over channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.distillation.terms.distributions import divergence, soft_logs
from napari_kdland.engine.distillation.terms.taps import TapTerm, resized

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import Held


class FeatureKL(TapTerm):
    """T^2 KL(teacher || student) over the channels of each position, summed over positions, mean over images.

    References
    ----------
    Hu et al. 2020, Knowledge distillation from multi-modal to mono-modal segmentation networks, the loss between
    bottlenecks. A softmax over the whole vector would be all but uniform (normalised entropy 0.999998 at 16384
    elements); this is the softmax over channels at each position.
    """

    _is_adapted = True

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return feature_kl(student, teacher, inverse_temperature=self._term.inverse_temperature)


def feature_kl(student: Tensor, teacher: Tensor, *, inverse_temperature: float = 1.0) -> Tensor:
    """Give T^2 KL(teacher || student) over channels, summed over positions, mean over images.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C, h', w')
        Features.
    inverse_temperature
        b = 1 / T multiplies both sides before the softmax.
    """
    b = inverse_temperature
    student_logs = soft_logs(resized(student, teacher), dim=1, inverse_temperature=b)
    each = divergence(student_logs, soft_logs(teacher, dim=1, inverse_temperature=b), dim=1)
    return each.flatten(1).sum(1).mean() / b**2
