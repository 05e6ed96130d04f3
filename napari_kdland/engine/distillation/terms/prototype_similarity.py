"""Difference between how typical of its region each pixel is to student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.distillation.terms.areas import on_grid
from napari_kdland.engine.distillation.terms.taps import TapTerm, resized

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held


class PrototypeSimilarity(TapTerm):
    """Squared difference of the cosines between pixels and the mean feature of their region, mean over pixels.

    References
    ----------
    Wang et al. 2020, Intra-class feature variation distillation for semantic segmentation, as `CriterionIFV` of
    TorchDistiller (irfanICMLL/TorchDistiller) computes it.
    """

    reads = "regions"

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return prototype_similarity(student, teacher, held.areas)


def prototype_similarity(student: Tensor, teacher: Tensor, areas: Tensor) -> Tensor:
    """Give the squared difference of the cosines between pixels and their area's mean feature, mean over pixels.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C', h', w')
        Features.
    areas : (B, A, H, W)
        0 or 1; a pixel that lies in several counts once in each.

    Returns
    -------
    scalar
        0 where there is no area.
    """
    here = on_grid(areas, teacher)
    difference = _likeness(resized(student, teacher), here) - _likeness(teacher, here)
    return (here * difference.square()).sum() / here.sum().clamp_min(1.0)


def _likeness(features: Tensor, areas: Tensor) -> Tensor:
    """Give the cosine between each pixel and each area's mean, (B, A, h, w)."""
    total = torch.einsum("bchw,bahw->bac", features, areas)
    prototypes = functional.normalize(total, dim=-1)
    return torch.einsum("bac,bchw->bahw", prototypes, functional.normalize(features, dim=1))
