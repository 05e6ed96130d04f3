"""Look for labels that may be wrong, and for images that leak, and keep them as a queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.evaluation.doubts import THRESHOLD, Doubts
from napari_kdland.evaluation.model_doubts import disagreements
from napari_kdland.evaluation.shape_doubts import Labels, outliers, swaps
from napari_kdland.evaluation.twins import straddling, twins
from napari_kdland.events import Advanced, Saved, Started, Warned
from napari_kdland.jobs.cross_fitting import cross_fitted, kept_folds
from napari_kdland.jobs.viewing import make_thumbnails
from napari_kdland.project import ImageScore, Project
from napari_kdland.recipes import load_recipe, with_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.evaluation.doubts import Doubt
    from napari_kdland.events import Job
    from napari_kdland.project import Ranking, Record
    from napari_kdland.recipes import Recipe

KIND = "doubtful-labels"
_SIDE = 64
# Networks that only have to notice gross errors are small and quick.
QUICK = ("student.backbone=tiny", "input.size=128", "input.sigma_px=3", "training.steps=300")


@dataclass(frozen=True)
class Inspection:
    """How to look.

    Parameters
    ----------
    folds
        How many networks are trained, each on the labels of the other folds; 0 trains none.
    recipe
        How they are trained; `None` with 0 folds.
    threshold
        Robust standard deviations from which a label is doubted.

    Raises
    ------
    UsageError
        If there is one fold, a threshold that is not positive, or a recipe with a teacher.
    """

    folds: int = 3
    recipe: Recipe | None = None
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        if self.folds == 1 or self.folds < 0:
            raise UsageError(f"Cross-fitting wants 2 folds or more, or 0 for none; found {self.folds}.")
        if not self.threshold > 0:
            raise UsageError(f"The threshold must be above 0 standard deviations, found {self.threshold:g}.")
        if self.folds and self.recipe is None:
            raise UsageError("Cross-fitting wants a recipe to train by.")
        if self.recipe is not None and self.recipe.teacher.source != "none":
            raise UsageError(
                f"Cross-fitting trains on labels alone, and the recipe {self.recipe.name} has a teacher. Choose one "
                "without, such as supervised."
            )


def quick_recipe(name: str = "supervised", settings: Sequence[str] = ()) -> Recipe:
    """Give the recipe of the networks that labels are held against; `settings` come last."""
    return with_settings(load_recipe(name), [*QUICK, *settings])


def find_doubts(project_path: Path, inspection: Inspection, folder: Path, *, device: str = "auto") -> Job[Doubts]:
    """Look through all labels and images of a project; what is doubted is kept as the scores ``doubtful-labels``.

    Without folds, labels are held against what networks of an earlier look in `folder` predicted, so that a quick look
    takes nothing from the list of a long one. Shapes, pairs, duplicates and patients are looked at in all splits.
    Networks are trained on the labels of train and val alone and never see test. Finished folds are kept in `folder`,
    where ``doubts.json`` is written.

    Raises
    ------
    AnnotationError
        If no image has landmarks.
    TrainingError
        If a network cannot be trained.
    """
    with Project.open(project_path, announce=False) as project:
        labels, records = _labels(project)
        found, notes = _by_shape(labels, inspection.threshold)
        yield Started("Looking at shapes", 1)
        yield Advanced(1)
        more, words = yield from _by_pictures(project_path, project)
        found, notes = found + more, notes + words
        if inspection.folds and inspection.recipe is not None:
            predicted, words = yield from cross_fitted(
                project, records, inspection.recipe, inspection.folds, folder, device=device
            )
        else:
            predicted, words = kept_folds(records, len(labels.names), folder)
        if inspection.folds or words:
            more, others = disagreements(labels, predicted, threshold=inspection.threshold)
            # Where nothing was predicted, the reason stands already.
            found, notes = found + more, notes + words + (others if np.isfinite(predicted).any() else [])
        doubts = Doubts.of(found, notes, len(labels.images))
        keep_doubts(project, doubts)
    for note in doubts.notes:
        yield Warned(note)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "doubts.json").write_text(json.dumps(doubts.to_json(), indent=1) + "\n", encoding="utf-8")
    yield Saved("doubts", str(folder / "doubts.json"))
    return doubts


def flag_doubts(project_path: Path, doubts: Doubts, *, reader: str) -> int:
    """Flag every doubted image with its first reason; gives how many.

    Raises
    ------
    UsageError
        If the reader has no name.
    """
    with Project.open(project_path, announce=False) as project:
        for image in doubts.images:
            first = next(one for one in doubts.found if one.image == image)
            project.flags.put(project.records.find(image).image_id, first.reason, reader=reader)
    return len(doubts.images)


def _labels(project: Project) -> tuple[Labels, list[Record]]:
    known = set(project.annotations.labelled_ids())
    records = [record for record in project.records.page(0, -1) if record.image_id in known]
    if not records:
        raise AnnotationError(f"No image of {project.name} has landmarks, so there is no label to doubt.")
    labels = project.annotations.labels([record.image_id for record in records])
    points = np.stack([labels[record.image_id].points for record in records])
    sizes = np.array([record.size for record in records], dtype=np.float64)
    scheme = project.scheme
    names = tuple(record.name for record in records)
    return Labels(names, scheme.landmark_names, points, sizes, scheme.pairs), records


def _by_shape(labels: Labels, threshold: float) -> tuple[list[Doubt], list[str]]:
    swapped, notes = swaps(labels)
    odd, more = outliers(labels, threshold=threshold)
    # A swapped pair is odd in its geometry too; one reason is enough.
    known = {(one.image, one.landmark) for one in swapped}
    return [*swapped, *(one for one in odd if (one.image, one.landmark) not in known)], notes + more


def _by_pictures(project_path: Path, project: Project) -> Job[tuple[list[Doubt], list[str]]]:
    records = {record.image_id: record for record in project.records.page(0, -1)}
    small = yield from make_thumbnails(project_path, list(records), _SIDE)
    split_of = {record.name: record.split for record in records.values()}
    alike, notes = twins({records[key].name: picture for key, picture in small.items()}, split_of)
    if len(small) < len(records):
        notes.append(f"{len(records) - len(small)} images cannot be read, so they were not held against the others.")
    kin, more = straddling(project.splits.straddling(), split_of)
    return alike + kin, notes + more


def keep_doubts(project: Project, doubts: Doubts, runs: Sequence[str] = ()) -> Ranking:
    """Keep the doubted images as a queue; those of test are in none, as with every queue.

    Parameters
    ----------
    runs
        Runs whose predictions are shown beside the labels.
    """
    scores = {}
    for image in doubts.images:
        record = project.records.find(image)
        if record.split != "test":
            value, parts = doubts.scores_of(image)
            scores[record.image_id] = ImageScore(value, parts, doubts.reasons_of(image))
    return project.scores.save(KIND, runs, scores)
