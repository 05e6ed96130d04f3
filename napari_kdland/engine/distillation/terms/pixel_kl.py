"""Kullback-Leibler divergence between what student and teacher say of each pixel's region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine.distillation.terms.distributions import divergence
from napari_kdland.engine.distillation.terms.pixels import choice_logits, choice_logs, pixel_mean

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class PixelKL(nn.Module):
    """T^2 KL(teacher || student) over the regions of each pixel, weighted mean over pixels.

    References
    ----------
    Hinton, Vinyals, Dean 2015, section 2, per pixel; Qin et al. 2021, Efficient medical image segmentation based on
    knowledge distillation, as `prediction_map_distillation` of its code (EagleMIT/m-i-d) computes it.
    """

    reads = "regions"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        self._inverse_temperature = term.inverse_temperature

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        return pixel_kl(
            held.student.regions,
            choice_logits(held.region_target, overlapping=held.overlapping),
            held.weights.region_pixels,
            overlapping=held.overlapping,
            inverse_temperature=self._inverse_temperature,
        )


def pixel_kl(
    student: Tensor, teacher: Tensor, pixels: Tensor | None, *, overlapping: bool, inverse_temperature: float = 1.0
) -> Tensor:
    """Give T^2 KL(teacher || student) over the regions of each pixel, weighted mean over pixels.

    Parameters
    ----------
    student, teacher : (B, C_r, h, w)
        Logits; no gradient flows to the teacher's.
    pixels : (B, 1, h, w)
        Weights; `None`: all pixels count the same.
    overlapping
        Whether each channel is a yes or no of its own, of which the mean is taken, or one of exclusive regions.
    inverse_temperature
        b = 1 / T multiplies both sides.

    Returns
    -------
    scalar
        0 where no pixel has weight.
    """
    b = inverse_temperature
    teacher_logs = choice_logs(teacher, overlapping=overlapping, inverse_temperature=b)
    student_logs = choice_logs(student, overlapping=overlapping, inverse_temperature=b)
    return pixel_mean(divergence(student_logs, teacher_logs, dim=2), pixels) / b**2
