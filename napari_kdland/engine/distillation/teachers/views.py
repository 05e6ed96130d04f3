"""Trained runs that look at an image several times: turned, larger, smaller."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.inputs import BLACK
from napari_kdland.engine.mapping import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from napari_kdland.engine.distillation.base import Answer, Member
    from napari_kdland.recipes.model import TeacherPart

_TINIEST = 1e-30


class ViewsTeacher:
    """The mean over looks at the image as it is, turned and resized, each map taken back to where it belongs.

    References
    ----------
    Radosavovic et al. 2018, Data distillation: towards omni-supervised learning, section 3.1.
    """

    def __init__(self, members: Sequence[Member], part: TeacherPart) -> None:
        self._members = tuple(members)
        turned = [(angle, 1.0) for angle in part.rotations_deg]
        self._looks = [(0.0, 1.0), *turned, *((0.0, scale) for scale in part.scales)]

    def answers(self, images: Tensor, size: tuple[int, int], taps: Sequence[str], seed: int) -> Iterator[Answer]:
        """Give one answer a look and member."""
        for angle_deg, scale in self._looks:
            look = _look(angle_deg, scale, images)
            # What comes into view is black, as in training.
            seen = images if look is None else look.images(images - BLACK) + BLACK
            for member in self._members:
                answer = member.answer(seen, size, taps)
                yield answer if look is None else _taken_back(answer, look)


def _look(angle_deg: float, scale: float, images: Tensor) -> Mapping | None:
    if angle_deg == 0 and scale == 1:
        return None
    cos, sin = scale * math.cos(math.radians(angle_deg)), scale * math.sin(math.radians(angle_deg))
    matrix = images.new_tensor([[cos, -sin], [sin, cos]]).expand(len(images), 2, 2)
    return Mapping(matrix, images.new_zeros(len(images), 2), images.shape[-1])


def _taken_back(answer: Answer, look: Mapping) -> Answer:
    back = look.inverse()
    probabilities, _ = back.probabilities(answer.log_probabilities.exp())
    regions = back.images(answer.regions, outside="border") if answer.regions.shape[1] else answer.regions
    logs = heatmaps.log_softmax(probabilities.clamp_min(_TINIEST).log())
    return answer._replace(log_probabilities=torch.nan_to_num(logs), regions=regions)
