"""Measure the finished runs of a study: the checkpoint that val chose, and the last one."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.evaluation import Evaluation, evaluate, mean_shape
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.jobs.caching import fill_pool
from napari_kdland.jobs.comparing import evaluate_run
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.jobs.freezing import FrozenData

_BEST, _LAST, _RUN = "best.safetensors", "last.safetensors", "run.toml"
_BATCH = 8


@dataclass(frozen=True)
class Measured:
    """One run measured: with the weights that val chose, and with the last ones, which may be the same."""

    best: Evaluation
    last: Evaluation


def measure(project_path: Path, runs: Sequence[str], *, split: str, device: str) -> Job[dict[str, Measured]]:
    """Measure runs on a split, each once."""
    measured: dict[str, Measured] = {}
    for run in runs:
        best = yield from evaluate_run(project_path, run, split=split, device=device)
        last = yield from _evaluate_last(project_path, run, best, device=device)
        measured[run] = Measured(best, best if last is None else last)
    return measured


def floor(project: Project, data: FrozenData, images: Sequence[str]) -> Evaluation:
    """Measure the mean shape of the labels of a cell on the images of that name."""
    records = [project.records.find(name) for name in images]
    sizes = {record.content_hash: record.size for record in project.records.page(0, -1)}
    labelled = [
        (image.landmarks, sizes[image.content_hash])
        for image in data.labelled
        if image.landmarks is not None and image.content_hash in sizes
    ]
    shape = mean_shape(labelled)
    predicted = {record.name: shape.predict(record.size) for record in records}
    return evaluate(predicted, _truth(project, images), spacing_mm=_spacings(project, images))


def _evaluate_last(project_path: Path, run: str, best: Evaluation, *, device: str) -> Job[Evaluation | None]:
    with Project.open(project_path, announce=False) as project:
        folder = project.runs.get(run).folder
        if not (folder / _BEST).exists() or not (folder / _LAST).exists() or _best_is_last(folder):
            return None
        found = yield from _predicted_by_last(project, folder, best.images, device)
        return evaluate(found, _truth(project, best.images), spacing_mm=_spacings(project, best.images))


def _best_is_last(folder: Path) -> bool:
    from napari_kdland.engine.checkpoints import read_checkpoint

    facts = read_checkpoint(folder / _LAST).facts
    return facts["best_step"] in (None, facts["step"])


def _predicted_by_last(project: Project, folder: Path, names: Sequence[str], device: str) -> Job[dict[str, Landmarks]]:
    from napari_kdland.engine.prediction import Predictor

    with tempfile.TemporaryDirectory() as place:
        # A run without a best checkpoint is predicted with its last one.
        for name in (_RUN, _LAST):
            shutil.copyfile(folder / name, Path(place) / name)
        predictor = Predictor(Path(place), device=device)
    records = [project.records.find(name) for name in names]
    pool, ready = yield from fill_pool(project.layout.cache_folder, records, predictor.size)
    yield Started(f"Predicting with the last weights of {folder.name}", len(ready))
    found: dict[str, Landmarks] = {}
    for start in range(0, len(ready), _BATCH):
        batch = ready[start : start + _BATCH]
        hashes = [record.content_hash for record in batch]
        seen = predictor.predict(pool.images[pool.indices(hashes)], [pool.placement(one) for one in hashes])
        found |= {record.name: one.landmarks for record, one in zip(batch, seen, strict=True)}
        yield Advanced(len(found), batch[-1].name)
    return found


def _truth(project: Project, names: Sequence[str]) -> dict[str, Landmarks]:
    records = [project.records.find(name) for name in names]
    labels = project.annotations.labels([record.image_id for record in records])
    return {record.name: labels[record.image_id] for record in records}


def _spacings(project: Project, names: Sequence[str]) -> dict[str, tuple[float, float] | None]:
    records = [project.records.find(name) for name in names]
    return {
        record.name: None if record.spacing is None else (record.spacing.row_mm, record.spacing.column_mm)
        for record in records
    }
