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
    Yang et al. 2022, Cross-image relational knowledge distillation for semantic segmentation, eq. 4-6 (mini-batch).
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
    student_places, teacher_places = _places(resized(student, teacher)), _places(teacher)
    values = []
    # One image against all at a time: all pairs at once would take B times the memory.
    for one, held in zip(student_places, teacher_places, strict=True):
        student_logs = soft_logs(_likeness(one, student_places), dim=-1, inverse_temperature=inverse_temperature)
        teacher_logs = soft_logs(_likeness(held, teacher_places), dim=-1, inverse_temperature=inverse_temperature)
        values.append(divergence(student_logs, teacher_logs, dim=-1).mean())
    return torch.stack(values).mean()


def _places(features: Tensor) -> Tensor:
    return functional.normalize(pooled(features, least=1), dim=1).flatten(2)


def _likeness(one: Tensor, all_places: Tensor) -> Tensor:
    return torch.einsum("cp,bcq->bpq", one, all_places)
