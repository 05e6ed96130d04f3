"""Squared difference between the region probabilities of student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine.distillation.terms.pixels import choice_logs, choice_probabilities, pixel_mean

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class ProbabilityMSE(nn.Module):
    """Half the squared difference of the region probabilities, weighted mean over pixels.

    References
    ----------
    Tarvainen and Valpola 2017, Mean teachers are better role models, section 2 (consistency cost); Yu et al. 2019,
    Uncertainty-aware self-ensembling model, with weights 0 or 1 and the divisor of its code (yulequan/UA-MT).
    """

    reads = "regions"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        return probability_mse(
            held.student.regions, held.region_target, held.weights.region_pixels, overlapping=held.overlapping
        )


def probability_mse(student: Tensor, teacher: Tensor, pixels: Tensor | None, *, overlapping: bool) -> Tensor:
    """Give half the squared difference of probabilities, summed over what is chosen from, weighted mean over pixels.

    It is 1 where both sides are sure of different regions, however many there are.

    Parameters
    ----------
    student : (B, C_r, h, w)
        Logits.
    teacher : (B, C_r, h, w)
        Probabilities; no gradient flows to them.
    pixels : (B, 1, h, w)
        Weights; `None`: all pixels count the same.
    overlapping
        Whether each channel is a yes or no of its own, of which the mean is taken, or one of exclusive regions.

    Returns
    -------
    scalar
        0 to 1; 0 where no pixel has weight.
    """
    expected = choice_probabilities(teacher, overlapping=overlapping)
    difference = choice_logs(student, overlapping=overlapping).exp() - expected
    return pixel_mean(0.5 * difference.square().sum(2), pixels)
