"""Squared difference between the features of student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from napari_kdland.engine.distillation.terms.taps import TapTerm, resized

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import Held


class FeatureMSE(TapTerm):
    """Mean squared difference of the features, behind a 1x1 convolution where the channels differ.

    References
    ----------
    Romero et al. 2015, FitNets: hints for thin deep nets, eq. 3; Yang et al. 2023, Effective whole-body pose estimation
    with two-stages distillation, whose sum over pixels and channels is a weight of C h w.
    """

    _is_adapted = True

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return feature_mse(student, teacher)


def feature_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Give the mean over all elements of the squared difference.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C, h', w')
        Features.
    """
    return functional.mse_loss(resized(student, teacher), teacher)
