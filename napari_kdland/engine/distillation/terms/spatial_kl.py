"""Kullback-Leibler divergence between heatmaps as distributions over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.distributions import pointwise_divergence
from napari_kdland.engine.distillation.terms.pixels import shares

if TYPE_CHECKING:
    from napari_kdland.engine.distillation.base import Held, TapChannels, Weights
    from napari_kdland.recipes.model import Term


class SpatialKL(nn.Module):
    """T^2 KL(teacher || student) of the heatmaps, weighted mean over images and landmarks.

    References
    ----------
    Hinton, Vinyals, Dean 2015, section 2, with the softmax over space as in Shu et al. 2021, Channel-wise knowledge
    distillation for dense prediction, eq. 3-4.
    """

    reads = "landmarks"

    def __init__(self, term: Term, channels: TapChannels) -> None:
        super().__init__()
        self._inverse_temperature = term.inverse_temperature

    def forward(self, held: Held) -> Tensor:
        """Give the loss."""
        return spatial_kl(held.student.logits, held.target, held.weights, inverse_temperature=self._inverse_temperature)


def spatial_kl(student: Tensor, teacher: Tensor, weights: Weights, *, inverse_temperature: float = 1.0) -> Tensor:
    """Give T^2 KL(teacher || student) over space, weighted mean over images and landmarks.

    Parameters
    ----------
    student : (B, L, h, w)
        Logits.
    teacher : (B, L, h, w)
        Logits or log-probabilities; no gradient flows to them.
    weights
        Of the landmarks; weights of the pixels, where given, weigh p log(p / q) - p + q, which is not negative and
        has the same sum.
    inverse_temperature
        b = 1 / T multiplies both sides before the softmax.

    Returns
    -------
    scalar
        0 where no landmark has weight.
    """
    b = inverse_temperature
    teacher_logs = heatmaps.log_softmax(teacher.detach() * b)
    student_logs = heatmaps.log_softmax(student * b)
    summands = pointwise_divergence(student_logs, teacher_logs)
    if weights.heatmap_pixels is not None:
        summands = shares(weights.heatmap_pixels) * (summands - teacher_logs.exp() + student_logs.exp())
    return heatmaps.weighted_mean(summands.flatten(2).sum(-1), weights.landmarks) / b**2
