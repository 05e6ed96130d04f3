"""What terms on several levels share: how far each level is from the mean of all, and how much of it counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def mean_logs(logs: Sequence[Tensor]) -> Tensor:
    """Give the logarithm of the mean of distributions, from their logarithms, all of one shape."""
    return torch.logsumexp(torch.stack(list(logs)), dim=0) - math.log(len(logs))


def apart(level: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
    """Give the summands p (log p - log q) of the divergence of the mean p from a level q, and (p - q)^2.

    Unlike in `pointwise_divergence` the gradient flows to both, since both are the student's.

    Parameters
    ----------
    level, middle
        Logarithms of q and p, of one shape.
    """
    mean = middle.exp()
    return mean * (middle - level), (mean - level.exp()).square()


def rectified(off: Tensor, difference: Tensor, weights: Tensor) -> Tensor:
    """Give sum(w e d) / sum(w e) + sum(w D) / sum(w), e = exp(-D); where a level is far from the mean it counts less.

    The second summand keeps the first from being made small by levels that part. Both let the gradient through,
    also through e, as published.

    Parameters
    ----------
    off
        Divergence D of the mean from a level, 0 or more.
    difference
        Squared difference d of the two; of the same shape.
    weights
        w, of the same shape.

    Returns
    -------
    scalar
        0 where the level is the mean, or nothing has weight.

    References
    ----------
    Luo et al. 2021, Efficient semi-supervised gross target volume of nasopharyngeal carcinoma segmentation via
    uncertainty rectified pyramid consistency, section 2.2, and code (HiLab-git/SSL4MIS),
    where D is the divergence of the mean from the level, not of the level from the mean.
    """
    total = weights.sum().clamp_min(1e-6)
    trusted = weights * torch.exp(-off)
    return (trusted * difference).sum() / (trusted.sum() + 1e-8 * total) + (weights * off).sum() / total
