"""Several answers as one: mean maps, and how far the answers are apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import TeacherOutput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from napari_kdland.engine.distillation.base import Answer

# Far from every peak a float32 probability underflows; its logarithm must stay finite.
_TINIEST = 1e-30


class Wanted(NamedTuple):
    """What of the disagreement between answers is read later; the rest is not computed."""

    points: bool = False
    variance: bool = False


def combined(answers: Iterable[Answer], *, sigma: float, overlapping: bool, wanted: Wanted) -> TeacherOutput:
    """Take the mean over answers, one at a time, so that memory does not grow with their number.

    Parameters
    ----------
    answers
        At least one.
    sigma
        Standard deviation of the targets behind the answers, in heatmap pixels.
    overlapping
        Whether region channels are sigmoids or one softmax.
    wanted
        Which figures of disagreement to compute.

    References
    ----------
    Lakshminarayanan et al. 2017, Simple and scalable predictive uncertainty estimation using deep ensembles,
    section 2.4 (the uniform mixture); the covariance of the points is the epistemic part of the law of total
    covariance.
    """
    sums: _Sums | None = None
    alone: Answer | None = None
    taps = []
    for answer in answers:
        taps.append(answer.taps)
        if sums is None and alone is None:
            alone = answer
            continue
        if sums is None and alone is not None:
            sums, alone = _Sums(alone, sigma, overlapping, wanted), None
        if sums is not None:
            sums.add(answer)
    kept = tuple(features for features in taps if features)
    if alone is not None:
        return TeacherOutput(alone.log_probabilities, sigma, alone.regions, taps=kept)
    if sums is None:
        raise ValueError("a teacher gave no answer")
    return sums.output(kept)


class _Sums:
    """Running sums over answers."""

    def __init__(self, first: Answer, sigma: float, overlapping: bool, wanted: Wanted) -> None:
        self._sigma, self._overlapping, self._wanted = sigma, overlapping, wanted
        self._count = 0
        self._total: Tensor = torch.zeros_like(first.log_probabilities)
        self._squares = torch.zeros_like(self._total) if wanted.variance else None
        self._regions = torch.zeros_like(first.regions)
        self._points: list[Tensor] = []
        self.add(first)

    def add(self, answer: Answer) -> None:
        probabilities = answer.log_probabilities.exp()
        self._count += 1
        self._total += probabilities
        if self._squares is not None:
            self._squares += probabilities.square()
        self._regions += region_probabilities(answer.regions, overlapping=self._overlapping)
        if self._wanted.points:
            self._points.append(heatmaps.decode(probabilities, self._sigma).points)

    def output(self, taps: tuple[dict[str, Tensor], ...]) -> TeacherOutput:
        mean = self._total / self._count
        variance = None
        if self._squares is not None:
            height = 2 * math.pi * self._sigma**2
            variance = (self._squares / self._count - mean.square()).clamp_min(0) * height**2
        points, between = None, None
        if self._points:
            points, between = torch.stack(self._points).mean(0), covariance_between(self._points)
        regions = region_logits(self._regions / self._count, overlapping=self._overlapping)
        logs = mean.clamp_min(_TINIEST).log()
        return TeacherOutput(logs, self._sigma, regions, points, between, variance, taps)


def covariance_between(points: Sequence[Tensor]) -> Tensor:
    """Give the covariance (B, L, 2, 2) of several answers' points (B, L, 2) around their mean; divided by n."""
    stacked = torch.stack(list(points))
    off = stacked - stacked.mean(0)
    return torch.einsum("mbli,mblj->blij", off, off) / len(points)


def region_probabilities(logits: Tensor, *, overlapping: bool) -> Tensor:
    """Give region probabilities (B, C_r, h, w): a sigmoid each, or one softmax over the channels."""
    if overlapping or not logits.shape[1]:
        return logits.float().sigmoid()
    return logits.float().softmax(dim=1)


def likeliest_regions(probabilities: Tensor, *, overlapping: bool) -> Tensor:
    """Give 0 or 1 for region probabilities (B, C_r, h, w): all that are at least 1/2, or the likeliest channel."""
    if overlapping or not probabilities.shape[1]:
        return (probabilities >= 0.5).to(probabilities)
    likeliest = functional.one_hot(probabilities.argmax(dim=1), probabilities.shape[1])
    return likeliest.movedim(-1, 1).to(probabilities)


def region_logits(probabilities: Tensor, *, overlapping: bool) -> Tensor:
    """Give logits whose `region_probabilities` are these."""
    if overlapping:
        return torch.logit(probabilities, eps=1e-6)
    return probabilities.clamp_min(_TINIEST).log()
