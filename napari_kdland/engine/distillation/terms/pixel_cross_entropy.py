"""Cross-entropy of the student's regions with the region that the teacher finds most likely at each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine.distillation.terms.pixels import choice_logs, choice_probabilities, pixel_mean

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels
    from napari_kdland.recipes.model import Term


class PixelCrossEntropy(nn.Module):
    """Cross-entropy with the teacher's hard labels; a pixel without weight is ignored, it does not become background.

    References
    ----------
    Sohn et al. 2020, FixMatch: simplifying semi-supervised learning with consistency and confidence, eq. 4; Chen et
    al. 2021, Semi-supervised semantic segmentation with cross pseudo supervision.
    """

    reads = "regions"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        return pixel_cross_entropy(
            held.student.regions, held.region_target, held.weights.region_pixels, overlapping=held.overlapping
        )


def pixel_cross_entropy(student: Tensor, teacher: Tensor, pixels: Tensor | None, *, overlapping: bool) -> Tensor:
    """Give -log p of the teacher's most likely region at each pixel, weighted mean over pixels.

    Parameters
    ----------
    student : (B, C_r, h, w)
        Logits.
    teacher : (B, C_r, h, w)
        Probabilities, soft or hard.
    pixels : (B, 1, h, w)
        Weights, 0 to ignore a pixel; `None`: all count the same.
    overlapping
        Whether each channel is a yes or no of its own, of which the mean is taken, or one of exclusive regions.

    Returns
    -------
    scalar
        0 where no pixel has weight.
    """
    labels = likeliest(teacher, overlapping=overlapping).unsqueeze(2)
    logs = choice_logs(student, overlapping=overlapping)
    return pixel_mean(-logs.gather(2, labels).squeeze(2), pixels)


def likeliest(probabilities: Tensor, *, overlapping: bool) -> Tensor:
    """Give which channel is likeliest at each pixel (B, 1, h, w), or of each channel whether it is, (B, C_r, h, w)."""
    return choice_probabilities(probabilities, overlapping=overlapping).argmax(dim=2)
