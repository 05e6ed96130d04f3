"""Score images by how much they need a look, from what runs predict of them, and keep the scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.acquisition import strategy
from napari_kdland.evaluation.doubts import THRESHOLD
from napari_kdland.evaluation.found_by import FoundOfRun
from napari_kdland.evaluation.review_scores import Evidence, of_images, review_score
from napari_kdland.events import Advanced, Job, Started, Warned
from napari_kdland.jobs.calibrating import labels_of_val
from napari_kdland.jobs.choosing_next import choose_next
from napari_kdland.jobs.doubting import Inspection, find_doubts, keep_doubts, quick_recipe
from napari_kdland.jobs.predicting import ChosenImages, predict_run
from napari_kdland.project import ImageScore, Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.evaluation.review_scores import ReviewScore
    from napari_kdland.project import Ranking

# Test images are judged by: labels that were looked through beside a run's predictions would favour that run.
RANKED_SPLITS = ("train", "val", "pool")
_CHUNK = 200
# So many images are chosen to be labelled next; who has labelled them asks again.
_AT_MOST = 50


@dataclass(frozen=True)
class QueueWish:
    """How the queues are made that look at more than predictions.

    Parameters
    ----------
    by, count
        Of ``label-next``: the strategy, and how many images are chosen.
    folds, threshold
        Of ``doubtful-labels``: how many networks are trained to contradict labels, and from how many times the usual
        spread on a label is doubted.
    """

    by: str = "hybrid"
    count: int = _AT_MOST
    folds: int = 0
    threshold: float = THRESHOLD

    def n_runs(self, kind: str) -> int:
        """Give the fewest runs that a queue of a kind needs."""
        return strategy(self.by).n_runs if kind == "label-next" else review_score(kind).n_runs


def rank_images(
    project_path: Path, kind: str, runs: Sequence[str], *, device: str = "auto", wish: QueueWish | None = None
) -> Job[Ranking]:
    """Score all images of train, val and pool, and keep the scores in place of those of the same kind and runs.

    Images that a run was not asked of are predicted first. Closing the job keeps what was predicted and the
    old scores.

    Raises
    ------
    UsageError
        If there is no such kind or strategy, it needs more runs, a run is named twice, or no image can be scored.
    RunError
        If there is no such run, it has learnt nothing yet, or its landmarks are not the project's.
    """
    score, wish = review_score(kind), wish or QueueWish()
    _refuse_wrong_runs(score, runs, wish.n_runs(kind))
    if kind in _MADE_BY_JOBS:
        return (yield from _MADE_BY_JOBS[kind](project_path, runs, device, wish))
    with Project.open(project_path, announce=False) as project:
        image_ids = [image_id for split in RANKED_SPLITS for image_id in project.records.ids(split)]
        if not image_ids:
            raise UsageError(
                f"{project.name} has no images in {', '.join(RANKED_SPLITS)}, so there is nothing to rank."
            )
    yield from _predicted(project_path, runs, image_ids, device)
    yield Started(f"Scoring images by {kind}", len(image_ids))
    scores: dict[int, ImageScore] = {}
    with Project.open(project_path, announce=False) as project:
        for start in range(0, len(image_ids), _CHUNK):
            chunk = image_ids[start : start + _CHUNK]
            scores.update(_scored(project, score, runs, chunk))
            yield Advanced(min(start + _CHUNK, len(image_ids)))
        for message in _of_several_kinds(project, score, runs, image_ids):
            yield Warned(message)
        if not scores:
            raise UsageError(_nothing(score))
        if len(scores) < len(image_ids):
            yield Warned(f"{len(image_ids) - len(scores)} of {len(image_ids)} images have no score by {kind}.")
        return project.scores.save(kind, runs, scores)


def _predicted(project_path: Path, runs: Sequence[str], image_ids: Sequence[int], device: str) -> Job[None]:
    """Predict the images that a run was not asked of."""
    with Project.open(project_path, announce=False) as project:
        missing = {run: tuple(sorted(set(image_ids) - set(project.predictions.ids(run)))) for run in runs}
    for run, ids in missing.items():
        if ids:
            yield from predict_run(project_path, run, ChosenImages(image_ids=ids), device=device)


def _of_several_kinds(project: Project, score: ReviewScore, runs: Sequence[str], image_ids: Sequence[int]) -> list[str]:
    """Say of which runs the standard deviations that are read were found in several ways."""
    if not score.reads_spreads:
        return []
    labels = labels_of_val(project)
    found = {run: project.predictions.found_by(run, image_ids).values() for run in runs}
    problems = [FoundOfRun.of(ways, labels=labels).problem(run) for run, ways in found.items()]
    return [problem for problem in problems if problem]


def _label_next(project_path: Path, runs: Sequence[str], device: str, wish: QueueWish) -> Job[Ranking]:
    found = yield from choose_next(project_path, runs, by=wish.by, count=wish.count, device=device)
    with Project.open(project_path, announce=False) as project:
        image_ids = [project.records.find(name).image_id for name in found.images]
    yield from _predicted(project_path, runs, image_ids, device)
    return found.ranking


def _doubtful_labels(project_path: Path, runs: Sequence[str], device: str, wish: QueueWish) -> Job[Ranking]:
    """Look, by default without training networks, which takes minutes."""
    with Project.open(project_path, announce=False) as project:
        folder = project.layout.reports_folder / "doubts"
    inspection = Inspection(wish.folds, quick_recipe() if wish.folds else None, wish.threshold)
    doubts = yield from find_doubts(project_path, inspection, folder, device=device)
    with Project.open(project_path, announce=False) as project:
        ranking = keep_doubts(project, doubts, runs)
        image_ids = [line.image_id for line in project.scores.page(ranking.ranking_id, limit=-1)]
    if not image_ids:
        raise UsageError(
            f"None of the {doubts.n_images} annotated images is doubted."
            + ("" if wish.folds else " The command kdland doubt trains networks too, and looks closer.")
        )
    yield from _predicted(project_path, runs, image_ids, device)
    return ranking


_MADE_BY_JOBS = {"label-next": _label_next, "doubtful-labels": _doubtful_labels}


def _refuse_wrong_runs(score: ReviewScore, runs: Sequence[str], needed: int) -> None:
    if len(set(runs)) < len(runs):
        raise UsageError(f"A run is named twice: {', '.join(runs)}. Name different ones.")
    if len(runs) < needed:
        least = "two runs" if needed == 2 else f"{needed} runs" if needed > 1 else "a run"
        found = f"{len(runs)} of them: {', '.join(runs)}" if runs else "none"
        raise UsageError(f"The score {score.name} needs {least} or more; there is {found}. Choose more runs.")


def _scored(
    project: Project, score: ReviewScore, runs: Sequence[str], image_ids: Sequence[int]
) -> dict[int, ImageScore]:
    found = [project.predictions.load_many(run, image_ids) for run in runs]
    # An image that cannot be read, or lacks a channel, has no prediction.
    there = [image_id for image_id in image_ids if all(image_id in each for each in found)]
    labels = project.annotations.labels(there, with_accepted=False)
    evidence = Evidence.of([[each[key] for key in there] for each in found], [labels[key] for key in there])
    values = score.value(evidence)
    names = project.scheme.landmark_names
    return {
        image_id: ImageScore(float(whole), dict(zip(names, parts.tolist(), strict=True)))
        for image_id, whole, parts in zip(there, of_images(values), values, strict=True)
        if not math.isnan(whole)
    }


def _nothing(score: ReviewScore) -> str:
    if score.needs_labels:
        return (
            f"No image has a score by {score.name}: it holds predictions against labels, and no image of "
            f"{', '.join(RANKED_SPLITS)} has one that a reader placed. Place some, or choose another score."
        )
    return f"No image has a score by {score.name}: the runs predicted no point that could be compared."
