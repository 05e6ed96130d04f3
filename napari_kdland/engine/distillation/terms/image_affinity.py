"""Divergence between how alike places of different images are to student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.distillation.terms.distributions import divergence, soft_logs
from napari_kdland.engine.distillation.terms.taps import TapTerm, pooled, resized

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held


class ImageAffinity(TapTerm):
    """KL(teacher || student) of the likeness of each place to all places of another image, mean over image pairs.

    References
    ----------
    Yang et al. 2022, Cross-image relational knowledge distillation for semantic segmentation, as
    `CriterionMiniBatchCrossImagePair` of its code (winycg/CIRKD) computes it.
    """

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return image_affinity(student, teacher, inverse_temperature=self._term.inverse_temperature)


def image_affinity(student: Tensor, teacher: Tensor, *, inverse_temperature: float = 1.0) -> Tensor:
    """Give KL(teacher || student) of softmax(b cos) over the places of an image, mean over places and image pairs.

    All ordered pairs of images count, an image with itself too. Without a factor T^2, as published.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C', h', w')
        Features.
    inverse_temperature
        b = 1 / T multiplies the cosines.
    """
    student_logs, teacher_logs = (
        soft_logs(_cosines(features), dim=-1, inverse_temperature=inverse_temperature)
        for features in (resized(student, teacher), teacher)
    )
    return divergence(student_logs, teacher_logs, dim=-1).mean()


def _cosines(features: Tensor) -> Tensor:
    """Give the cosine between any place of any image and any of any other, (B, B, places, places)."""
    # All pairs of 16 images with 16 x 16 places are 67 MB.
    places = functional.normalize(pooled(features, least=1, side=16), dim=1).flatten(2)
    return torch.einsum("icp,jcq->ijpq", places, places)
