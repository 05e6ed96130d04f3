"""What terms share about distributions: logits softened by a temperature, and how far apart two distributions are."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def wide(values: Tensor) -> Tensor:
    """Give values in float32, or as they are in float64: half precision loses what losses are made of."""
    return values if values.dtype == torch.float64 else values.float()


def soft_logs(logits: Tensor, *, dim: int, inverse_temperature: float = 1.0) -> Tensor:
    """Give the logarithm of softmax(b z) along `dim`, b = 1 / T; logarithms of a distribution may stand for logits."""
    return functional.log_softmax(wide(logits) * inverse_temperature, dim=dim)


def divergence(student: Tensor, teacher: Tensor, *, dim: int) -> Tensor:
    """Give KL(teacher || student) of distributions along `dim`, natural logarithm.

    Parameters
    ----------
    student, teacher
        Logarithms of distributions, one shape; no gradient flows to the teacher.

    Returns
    -------
    Tensor
        The shape without `dim`.
    """
    return pointwise_divergence(student, teacher).sum(dim)


def pointwise_divergence(student: Tensor, teacher: Tensor) -> Tensor:
    """Give the summands p (log p - log q) of the divergence of q, the student, from p, the teacher."""
    held = teacher.detach()
    return held.exp() * (held - student)


def jensen_shannon(student: Tensor, teacher: Tensor) -> Tensor:
    """Give the summands (p log(p / m) + q log(q / m)) / 2, m = (p + q) / 2, of the Jensen-Shannon divergence.

    None is negative, so that they may be weighed one by one.

    Parameters
    ----------
    student, teacher
        Logarithms of distributions q and p, one shape; no gradient flows to the teacher.

    References
    ----------
    Lin 1991, Divergence measures based on the Shannon entropy, eq. 4.1.
    """
    held = teacher.detach()
    middle = torch.logaddexp(student, held) - math.log(2)
    return 0.5 * (held.exp() * (held - middle) + student.exp() * (student - middle))
