"""Difference between how alike any two places of an image are to student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.distillation.terms.taps import TapTerm, pooled, resized

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held


class PairwiseAffinity(TapTerm):
    """Mean squared difference of the cosines between all pairs of places.

    References
    ----------
    Liu et al. 2019, Structured knowledge distillation for semantic segmentation, the pair-wise loss, as
    `CriterionStructuralKD` of CIRKD (winycg/CIRKD) computes it.
    """

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return pairwise_affinity(student, teacher)


def pairwise_affinity(student: Tensor, teacher: Tensor) -> Tensor:
    """Give the squared difference of the cosines between all pairs of places, mean over pairs and images.

    Places are maxima over 2 x 2 pixels, as published, or over as many as leave 32 a side.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C', h', w')
        Features.
    """
    return functional.mse_loss(_cosines(resized(student, teacher)), _cosines(teacher))


def _cosines(features: Tensor) -> Tensor:
    places = functional.normalize(pooled(features, least=2, side=32), dim=1).flatten(2)
    return torch.einsum("bcp,bcq->bpq", places, places)
