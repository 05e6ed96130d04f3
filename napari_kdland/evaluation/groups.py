"""Errors by group of landmarks, and what is said to be there, landmark by landmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.anatomy.measures import matching
from napari_kdland.evaluation.metrics import summarise
from napari_kdland.evaluation.presence import Presence, count

if TYPE_CHECKING:
    from napari_kdland.evaluation.metrics import ErrorSummary
    from napari_kdland.evaluation.scoring import Evaluation


@dataclass(frozen=True)
class GroupFigures:
    """The errors of one group of landmarks; `summary` has millimetres where every image has a spacing."""

    name: str
    title: str
    landmarks: tuple[str, ...]
    summary: ErrorSummary


def by_group(evaluation: Evaluation) -> tuple[GroupFigures, ...]:
    """Sum up each group that the scheme names; the image is the unit, as over all landmarks."""
    found = []
    for group in evaluation.measures.groups:
        landmarks = matching(group.landmarks, evaluation.names)
        columns = [evaluation.names.index(name) for name in landmarks]
        summary = summarise(
            evaluation.errors_px[:, columns],
            names=landmarks,
            has_truth=evaluation.has_truth[:, columns],
            errors_mm=None if evaluation.errors_mm is None else evaluation.errors_mm[:, columns],
        )
        found.append(GroupFigures(group.name, group.title, landmarks, summary))
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
