"""Errors by group of landmarks, and what is said to be there, landmark by landmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.anatomy.measures import matching
from napari_kdland.evaluation.presence import Presence, count
from napari_kdland.evaluation.scoring import only_landmarks

if TYPE_CHECKING:
    from napari_kdland.evaluation.metrics import ErrorSummary
    from napari_kdland.evaluation.scoring import Evaluation


@dataclass(frozen=True)
class GroupFigures:
    """One group of landmarks, and the evaluation of these alone."""

    name: str
    title: str
    landmarks: tuple[str, ...]
    evaluation: Evaluation

    @property
    def summary(self) -> ErrorSummary:
        """Their errors summed up; in millimetres where every image has a spacing."""
        return self.evaluation.summary


def by_group(evaluation: Evaluation) -> tuple[GroupFigures, ...]:
    """Sum up each group that the scheme names; the image is the unit, as over all landmarks."""
    found = []
    for group in evaluation.measures.groups:
        landmarks = matching(group.landmarks, evaluation.names)
        found.append(GroupFigures(group.name, group.title, landmarks, only_landmarks(evaluation, landmarks)))
    return tuple(found)


def presence_by_landmark(evaluation: Evaluation) -> dict[str, Presence]:
    """Count for each landmark how often source and truth agree that it is there."""
    geometry = evaluation.geometry
    if geometry is None:
        return {}
    is_found = geometry.has_found
    return {
        name: count(evaluation.has_truth[:, i], geometry.is_absent[:, i], is_found[:, i])
        for i, name in enumerate(evaluation.names)
    }
