"""Choose which images to label next, and keep them as a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import RunError, UsageError
from napari_kdland.evaluation.acquisition import strategy
from napari_kdland.jobs.asking_runs import asked
from napari_kdland.jobs.predicting import predictor_of
from napari_kdland.jobs.seeing import cached, inputs_of
from napari_kdland.project import ImageScore, Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.evaluation.acquisition import Candidates, Strategy
    from napari_kdland.events import Job
    from napari_kdland.project import Ranking, Record

KIND = "label-next"
_SPLITS = ("train", "pool")


@dataclass(frozen=True)
class Next:
    """Images to label, the first in front.

    Parameters
    ----------
    by, runs
        Strategy, and the runs that were asked.
    images
        Names of images of train and pool without any landmark.
    n_candidates
        How many such images there are.
    ranking
        Where the queue is kept.
    """

    by: str
    runs: tuple[str, ...]
    images: tuple[str, ...]
    n_candidates: int
    ranking: Ranking


def choose_next(
    project_path: Path,
    runs: Sequence[str] = (),
    *,
    by: str = "hybrid",
    count: int = 20,
    seed: int = 0,
    device: str = "auto",
) -> Job[Next]:
    """Choose images of train and pool without landmarks; those of val and test are never asked about.

    The choice is kept as the scores ``label-next`` of these runs, the first image with the highest score.

    Raises
    ------
    UsageError
        If there is no such strategy, it needs more runs, a run is named twice, no image is without landmarks, or
        `count` is not positive.
    RunError
        If there is no such run, it has learnt nothing yet, or the runs do not fit each other.
    """
    way = strategy(by)
    _refuse(way, runs, count)
    with Project.open(project_path, announce=False) as project:
        candidates, labelled = _sides(project)
        if way.n_runs:
            candidates, found = yield from _asked(project, way, runs, candidates, labelled, device)
            order = way.order(found, count, seed)
        else:
            order = way.order(_unknown(len(candidates)), count, seed)
        chosen = [candidates[place] for place in order[:count]]
        scores = {record.image_id: ImageScore(float(len(chosen) - place)) for place, record in enumerate(chosen)}
        ranking = project.scores.save(KIND, runs, scores)
    return Next(by, tuple(runs), tuple(record.name for record in chosen), len(candidates), ranking)


def runs_to_ask(project_path: Path, runs: Sequence[str], by: str) -> tuple[str, ...]:
    """Give the runs named, or as many of the newest finished ones as the strategy needs.

    Raises
    ------
    UsageError
        If there is no such strategy.
    """
    needed = strategy(by).n_runs
    if runs or not needed:
        return tuple(runs)
    with Project.open(project_path, announce=False) as project:
        done = [run.name for run in project.runs.all()[::-1] if run.status == "done"]
    return tuple(done[:needed])


def _refuse(way: Strategy, runs: Sequence[str], count: int) -> None:
    if count < 1:
        raise UsageError(f"Ask for 1 image or more to label next, not {count}.")
    if len(set(runs)) < len(runs):
        raise UsageError(f"A run is named twice: {', '.join(runs)}. Name different ones.")
    if len(runs) < way.n_runs:
        least = "two runs" if way.n_runs == 2 else "a run"
        raise UsageError(
            f"The strategy {way.name} needs {least} or more, found {', '.join(runs) or 'none'}. Name them with --run, "
            "or choose random."
        )


def _sides(project: Project) -> tuple[list[Record], list[Record]]:
    """Give the images without landmarks, and those of train that have some."""
    records = [record for split in _SPLITS for record in project.records.page(0, -1, split=split)]
    known = {image_id for split in _SPLITS for image_id in project.annotations.labelled_ids(split=split)}
    candidates = [record for record in records if record.image_id not in known]
    if not candidates:
        raise UsageError(
            f"Every image in {' and '.join(_SPLITS)} of {project.name} has landmarks already. Import more to label."
        )
    return candidates, [record for record in records if record.image_id in known]


def _asked(
    project: Project,
    way: Strategy,
    runs: Sequence[str],
    candidates: Sequence[Record],
    labelled: Sequence[Record],
    device: str,
) -> Job[tuple[list[Record], Candidates]]:
    predictor = predictor_of(project, runs[0], device)
    if not predictor.runs[0].recipe.heads.landmarks:
        raise RunError(f"The run {runs[0]} learns no landmarks, so it cannot say what to label. Choose another run.")
    wanted = [*candidates, *(labelled if way.looks else ())]
    pool, ready = yield from cached(project, predictor, wanted)
    there = {record.image_id for record in ready}
    mine, known = ([one for one in part if one.image_id in there] for part in (candidates, labelled))
    if not mine:
        raise UsageError(f"No image without landmarks of {project.name} can be read.")
    folders = [project.runs.get(name).folder for name in runs]
    images, placements = inputs_of(project, pool, predictor, mine)
    others, _ = inputs_of(project, pool, predictor, known if way.looks else [])
    return mine, (yield from asked(way, folders, images, placements, others, device=device))


def _unknown(n: int) -> Candidates:
    from napari_kdland.evaluation.acquisition import Candidates

    nothing: NDArray[np.float64] = np.zeros((n, 0))
    return Candidates(nothing, nothing, nothing, nothing[:0])
