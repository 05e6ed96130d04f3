"""Kullback-Leibler divergence between heatmaps as distributions over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.recipes.model import Term


def spatial_kl(
    student: Tensor,
    teacher: Tensor,
    weights: Tensor,
    *,
    term: Term,
    sigma: float,  # noqa: ARG001, as its menu calls it
) -> Tensor:
    """Give T^2 KL(teacher || student), mean over images and landmarks.

    Parameters
    ----------
    student : (B, L, h, w)
        Logits.
    teacher : (B, L, h, w)
        Logits or log-probabilities; no gradient flows to them.
    weights : (B, L)
        Weight of each landmark.
    term
        Its `inverse_temperature` b = 1 / T multiplies both sides before the softmax.
    sigma
        Not needed: the divergence knows no width.

    References
    ----------
    Hinton, Vinyals, Dean 2015, section 2, with the softmax over space as in Shu et al. 2021, Channel-wise knowledge
    distillation for dense prediction, eq. 3-4.
    """
    b = term.inverse_temperature
    teacher_logs = heatmaps.log_softmax(teacher.detach() * b)
    student_logs = heatmaps.log_softmax(student * b)
    divergence = (teacher_logs.exp() * (teacher_logs - student_logs)).flatten(2).sum(-1)
    return heatmaps.weighted_mean(divergence, weights) / b**2
