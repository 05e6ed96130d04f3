"""Predict every label of train and val by networks that were trained without it."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.jobs.seeing import cached, inputs_of
from napari_kdland.jobs.training_inputs import training_data
from napari_kdland.recipes.identity import identity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.events import Job
    from napari_kdland.jobs.freezing import FrozenImage
    from napari_kdland.project import Project, Record
    from napari_kdland.recipes import Recipe

# With fewer labels a network trained on a part of them says little of the others.
LEAST = 10


def cross_fitted(
    project: Project, records: Sequence[Record], recipe: Recipe, folds: int, folder: Path, *, device: str
) -> Job[tuple[NDArray[np.float64], list[str]]]:
    """Train a network for each fold on the labels of the others, and predict the images of the fold.

    Parameters
    ----------
    records
        The images to predict, N of them; those of test and pool are left out.
    folder
        Where predictions are kept by fold, so that a stopped inspection goes on.

    Returns
    -------
    (N, L, 2)
        (y, x) in image pixels; NaN where nothing was predicted.
    notes
        Sentences on what was left out.
    """
    names = project.scheme.landmark_names
    predicted = np.full((len(records), len(names), 2), np.nan)
    labelled = _labelled(project)
    if len(labelled) < max(LEAST, 2 * folds):
        return predicted, [
            f"{len(labelled)} images of train and val have landmarks; networks are held against labels from "
            f"{max(LEAST, 2 * folds)} on."
        ]
    parts = _folds(labelled, {record.content_hash: record.patient_group for record in records}, folds)
    row_of = {record.content_hash: row for row, record in enumerate(records)}
    by_row = {record.content_hash: record for record in records}
    for number, part in enumerate(parts):
        others = [image for other in parts if other is not part for image in other]
        path = folder / f"fold-{number}.json"
        key = _key(recipe, others, part)
        found = _points(path, key)
        if found is None:
            mine = [by_row[image.content_hash] for image in part]
            place = folder / f"fold-{number}"
            found = yield from _fold(project, others, mine, recipe, place, seed=number, device=device)
            path.write_text(json.dumps({"key": key, "points": found}), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
        for content_hash, points in found.items():
            predicted[row_of[content_hash]] = np.array(points, dtype=np.float64)
    n_test = sum(record.split == "test" for record in records)
    return predicted, [f"{n_test} images of test were not held against networks."] if n_test else []


def kept_folds(records: Sequence[Record], n_landmarks: int, folder: Path) -> tuple[NDArray[np.float64], list[str]]:
    """Give what the networks of an earlier look predicted, however labels have changed since; none is trained.

    Returns
    -------
    (N, L, 2)
        (y, x) in image pixels; NaN where nothing was predicted. No network was trained on the image it predicts.
    notes
        A sentence that says so, where there were any.
    """
    predicted = np.full((len(records), n_landmarks, 2), np.nan)
    rows = {record.content_hash: row for row, record in enumerate(records)}
    n_folds = 0
    for path in sorted(folder.glob("fold-*.json")):
        points = _points(path) or {}
        for content_hash, found in points.items():
            values = np.array(found, dtype=np.float64)
            if content_hash in rows and values.shape == predicted.shape[1:]:
                predicted[rows[content_hash]] = values
        n_folds += bool(points)
    if not np.isfinite(predicted).any():
        return predicted, []
    networks = "1 network" if n_folds == 1 else f"{n_folds} networks"
    return predicted, [
        f"Labels were held against what {networks} of an earlier look predicted, in {folder}; none was trained now. "
        "The command kdland doubt trains them anew where labels have changed."
    ]


def _labelled(project: Project) -> list[FrozenImage]:
    if not project.annotations.labelled_ids(split="train"):
        return []
    everything = freeze(project, labels=None, seed=0)
    return [*everything.labelled, *everything.validation]


def _folds(images: Sequence[FrozenImage], patient_of: dict[str, str], count: int) -> list[list[FrozenImage]]:
    """Deal the images out by patient, the same whenever they are the same."""
    kin: dict[str, list[FrozenImage]] = {}
    for image in sorted(images, key=lambda one: one.content_hash):
        kin.setdefault(patient_of[image.content_hash], []).append(image)
    parts: list[list[FrozenImage]] = [[] for _ in range(count)]
    for group in sorted(kin.values(), key=lambda one: (-len(one), one[0].content_hash)):
        min(parts, key=len).extend(group)
    return [part for part in parts if part]


def _fold(
    project: Project,
    others: Sequence[FrozenImage],
    mine: Sequence[Record],
    recipe: Recipe,
    folder: Path,
    *,
    seed: int,
    device: str,
) -> Job[dict[str, list[list[float | None]]]]:
    from napari_kdland.engine.prediction import Predictor
    from napari_kdland.engine.training import TrainingSetup, train

    shutil.rmtree(folder, ignore_errors=True)
    scheme = project.scheme
    data = yield from training_data(project, FrozenData(tuple(others), (), ()), recipe)
    setup = TrainingSetup(landmarks=scheme.landmark_names, mirrored_order=scheme.mirrored_order, scheme=scheme.name)
    yield from train(data, recipe, folder, setup, seed=seed, device=device)
    predictor = Predictor(folder, device=device)
    pool, ready = yield from cached(project, predictor, mine)
    if not ready:
        return {}
    seen = predictor.predict(*inputs_of(project, pool, predictor, ready))
    return {record.content_hash: _plain(one.landmarks.points) for record, one in zip(ready, seen, strict=True)}


def _key(recipe: Recipe, others: Sequence[FrozenImage], mine: Sequence[FrozenImage]) -> str:
    labels = [[image.content_hash, image.landmarks.points.tolist()] for image in others if image.landmarks is not None]
    parts = [identity(recipe), labels, [image.content_hash for image in mine]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _points(path: Path, key: str | None = None) -> dict[str, list[list[float | None]]] | None:
    """Read what a fold predicted, by content; `None` where it was made of another key or the file is damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        points: dict[str, list[list[float | None]]] = values["points"]
        return points if key in (None, values["key"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _plain(points: NDArray[np.float64]) -> list[list[float | None]]:
    # JSON has no NaN.
    return [[None if np.isnan(value) else value for value in point] for point in points.tolist()]
