"""What terms on features share: which features to compare, and how those of the student become comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_kdland.engine.distillation.terms.distributions import wide
from napari_kdland.errors import RecipeError

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class TapTerm(nn.Module):
    """A term that compares features: those that its `taps` name, each with the teacher's of the same name.

    The loss is summed over the taps; of a teacher with several members it is the mean over these. No gradient flows to
    the teacher.

    Parameters
    ----------
    term
        The recipe's settings.
    channels
        How many channels the features have on either side.

    Raises
    ------
    RecipeError
        If the term names no tap, or one that the networks do not have.
    """

    # Whether the comparison wants as many channels of the student as of the teacher. Where they differ, a 1x1
    # convolution that is trained along takes the student's to the teacher's.
    _is_adapted = False
    reads = "features"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        known = [tap for tap in channels.student if tap in channels.teacher]
        if not term.taps:
            raise RecipeError(
                f"The term {term.loss} compares features, but names none. Set its taps: {', '.join(known)}."
            )
        for tap in term.taps:
            if tap not in known:
                raise RecipeError(f"The term {term.loss} names a tap {tap!r}. There are: {', '.join(known)}.")
        self._term = term
        self.adapters = nn.ModuleDict(
            {
                tap: nn.Conv2d(channels.student[tap], channels.teacher[tap], 1)
                for tap in term.taps
                if self._is_adapted and channels.student[tap] != channels.teacher[tap]
            }
        )

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        values = []
        with torch.autocast(held.points.device.type, enabled=False):
            for tap in self._term.taps:
                student = wide(held.student.taps[tap])
                if tap in self.adapters:
                    student = self.adapters[tap](student)
                said = [self._compare(student, wide(taps[tap].detach()), held) for taps in held.teacher.taps]
                values.append(torch.stack(said).mean())
        return torch.stack(values).sum()

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        raise NotImplementedError


def resized(features: Tensor, like: Tensor) -> Tensor:
    """Give features (B, C, h, w) on the grid of others, bilinear where the grids differ."""
    if features.shape[-2:] == like.shape[-2:]:
        return features
    return functional.interpolate(features, like.shape[-2:], mode="bilinear", align_corners=False)


def pooled(features: Tensor, *, least: int, side: int) -> Tensor:
    """Give the maximum over squares, of `least` pixels or as many as bring the longer side down to `side`.

    What compares all pixels with all others grows with the fourth power of the side.
    """
    step = max(least, -(-max(features.shape[-2:]) // side))
    return features if step == 1 else functional.max_pool2d(features, step, step, ceil_mode=True)
