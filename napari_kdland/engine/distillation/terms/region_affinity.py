"""Difference between how alike any two areas of an image are to student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine.distillation.terms.areas import discs, on_grid
from napari_kdland.engine.distillation.terms.taps import TapTerm

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class RegionAffinity(TapTerm):
    """Squared difference of the cosines between the mean features of any two areas.

    The areas are soft discs around the landmarks, or the region masks with the background. Cosines do not ask for one
    number of channels.

    References
    ----------
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, as
    `region_affinity_distillation` of its code (EagleMIT/m-i-d) computes it, over all pairs of areas.
    """

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__(term, channels)
        self.reads = "regions" if term.areas == "masks" else "landmarks"

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        if self._term.areas == "masks":
            return region_affinity(student, teacher, held.areas)
        grid, size = held.student.logits.shape[-2:], student.shape[-2:]
        drawn = discs(held.points, (size[0], size[1]), sigma=held.sigma, grid=(grid[0], grid[1]))
        return region_affinity(student, teacher, drawn, held.weights.landmarks)


def region_affinity(student: Tensor, teacher: Tensor, areas: Tensor, weights: Tensor | None = None) -> Tensor:
    """Give the squared difference of the affinities, weighted mean over pairs of areas, then mean over images.

    A pair with an empty area is left out; an image without a pair counts as 0.

    Parameters
    ----------
    student : (B, C, h, w)
        Features.
    teacher : (B, C', h', w')
        Features.
    areas : (B, A, H, W)
        Weights of the pixels in each area; brought to each grid by the nearest pixel.
    weights : (B, A)
        Of each area; a pair has the product of its two. `None`: all count the same.
    """
    student_cosines, in_student = affinity(student, areas)
    teacher_cosines, in_teacher = affinity(teacher, areas)
    share = (in_student & in_teacher).to(student.dtype)
    if weights is not None:
        share = share * weights.to(student.dtype)
    pairs = torch.triu(share.unsqueeze(2) * share.unsqueeze(1), diagonal=1).flatten(1)
    difference = (student_cosines - teacher_cosines).square().flatten(1)
    total = pairs.sum(1)
    return ((pairs * difference).sum(1) / torch.where(total > 0, total, 1.0)).mean()


def affinity(features: Tensor, areas: Tensor) -> tuple[Tensor, Tensor]:
    """Give the cosines between the mean features of areas.

    Parameters
    ----------
    features : (B, C, h, w)
    areas : (B, A, H, W)
        Weights of the pixels in each area, 0 or more.

    Returns
    -------
    cosines : (B, A, A)
        Symmetric, 1 on the diagonal; 0 for an empty area.
    is_present : (B, A)
        Whether anything of the area is left on the features' grid.
    """
    here = on_grid(areas, features)
    # The divisor of a mean cancels in the cosine.
    total = functional.normalize(torch.einsum("bchw,bahw->bac", features, here), dim=-1)
    return torch.einsum("bac,bec->bae", total, total), here.sum((-1, -2)) > 0
