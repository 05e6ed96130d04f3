"""Difference between where student and teacher are active, whatever the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from napari_kdland.engine.distillation.terms.taps import TapTerm, resized

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.distillation.base import Held


class AttentionMap(TapTerm):
    """Squared difference of normalised activation maps, summed over pixels, mean over images.

    References
    ----------
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, exponent 4 as in
    `importance_maps_distillation` of its code (EagleMIT/m-i-d); Zagoruyko and Komodakis 2017, Paying more attention to
    attention, eq. 2, exponent 2 and, in its code, the mean over pixels.
    """

    def _compare(self, student: Tensor, teacher: Tensor, held: Held) -> Tensor:
        return attention_map(student, teacher, exponent=self._term.exponent)


def attention_map(student: Tensor, teacher: Tensor, *, exponent: float) -> Tensor:
    """Give the mean over images of `attention_distances`."""
    return attention_distances(student, teacher, exponent=exponent).mean()


def attention_distances(student: Tensor, teacher: Tensor, *, exponent: float) -> Tensor:
    """Give each image's squared difference of normalised activation maps, summed over pixels.

    Parameters
    ----------
    student : (B, C, h, w)
        Features; brought to the teacher's grid where that is another.
    teacher : (B, C', h', w')
        Features.
    exponent
        Power p of the activations; the map is the mean over channels of x^p, of |x|^p where p is not a whole number,
        divided by its Euclidean length.

    Returns
    -------
    (B,)
        0 to 2, if the exponent is not odd.
    """
    here = resized(student, teacher)
    difference = _activation(here, exponent) - _activation(teacher, exponent)
    return difference.square().sum(1)


def _activation(features: Tensor, exponent: float) -> Tensor:
    bases = features if float(exponent).is_integer() else features.abs()
    return functional.normalize(bases.pow(exponent).mean(1).flatten(1), dim=1)
