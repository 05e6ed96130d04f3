"""Predict landmarks with a run: for images of the project or for files outside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_kdland import images
from napari_kdland.errors import ImageError, RunError, UsageError
from napari_kdland.events import Advanced, Job, Saved, Started
from napari_kdland.jobs.caching import fill_pool
from napari_kdland.project import Project
from napari_kdland.project.exchange import write_predictions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.engine.prediction import Prediction, Predictor
    from napari_kdland.images import Radiograph, Spacing
    from napari_kdland.project import Record

_BATCH = 8


@dataclass(frozen=True)
class ChosenImages:
    """Which images: a split of the project, some of its images by name, files outside it; nothing means all of it."""

    split: str | None = None
    names: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True)
class PredictionResult:
    """What a prediction did: landmarks by image name, and what was left out and why."""

    landmarks: Mapping[str, Landmarks]
    skipped: tuple[str, ...] = ()

    @property
    def n_images(self) -> int:
        """Number of images predicted."""
        return len(self.landmarks)


@dataclass(frozen=True)
class ShownPrediction:
    """One prediction as a viewer needs it.

    `heatmaps` (L, h, w) lie on the image with `scale` image pixels per heatmap pixel, the centre of the first pixel at
    `translate` (y, x); their values are 0..1, 1 being as sharp as the target.
    """

    run: str
    landmarks: Landmarks
    heatmaps: NDArray[np.float16] = field(repr=False)
    scale: float = 1.0
    translate: tuple[float, float] = (0.0, 0.0)


def predict_run(
    project_path: Path,
    run: str,
    chosen: ChosenImages | None = None,
    *,
    out: Path | None = None,
    device: str = "auto",
) -> Job[PredictionResult]:
    """Predict images and keep the predictions: in the project for its own images, in `out` (CSV) for all of them.

    Raises
    ------
    RunError
        If there is no such run, it has learnt nothing yet, or its landmarks are not the project's.
    UsageError
        If no image is chosen.
    """
    chosen = chosen or ChosenImages()
    with Project.open(project_path, announce=False) as project:
        predictor = _predictor(project, run, device)
        found: dict[str, Landmarks] = {}
        spacings: dict[str, Spacing | None] = {}
        skipped: tuple[str, ...] = ()
        if chosen.paths:
            files = images.find_images(chosen.paths)
            if not files:
                raise UsageError(f"Found no image in {', '.join(map(str, chosen.paths))}.")
            skipped = yield from _predict_files(predictor, files, found, spacings)
        else:
            records = _chosen_records(project, chosen)
            yield from _predict_records(project, run, predictor, records, found)
            spacings = {record.name: record.spacing for record in records}
    if out is not None:
        write_predictions(out, [(name, landmarks, spacings.get(name)) for name, landmarks in found.items()])
        yield Saved("predictions", str(out))
    return PredictionResult(found, skipped)


def predict_heatmaps(project_path: Path, run: str, image_id: int, *, device: str = "cpu") -> Job[ShownPrediction]:
    """Predict one image of the project, heatmaps included."""
    yield Started(f"Predicting with {run}", 1)
    with Project.open(project_path, announce=False) as project:
        predictor = _predictor(project, run, device)
        record = project.records.get(image_id)
        pool, ready = yield from fill_pool(project.layout.cache_folder, [record], predictor.size)
        if not ready:
            raise RunError(f"{record.name} cannot be read any more, so {run} cannot predict it.")
        (prediction,) = _predict_batch(pool, predictor, ready)
        project.predictions.save(run, image_id, prediction.landmarks)
    yield Advanced(1, record.name)
    placement = prediction.placement
    return ShownPrediction(
        run, prediction.landmarks, prediction.heatmaps, placement.heatmap_scale, placement.heatmap_translate
    )


def _predictor(project: Project, run: str, device: str) -> Predictor:
    from napari_kdland.engine.prediction import Predictor

    predictor = Predictor(project.runs.get(run).folder, device=device)
    if set(predictor.landmarks) != set(project.scheme.landmark_names):
        raise RunError(
            f"The run {run} predicts {', '.join(predictor.landmarks)}, but the project's scheme "
            f"{project.scheme.name} has {', '.join(project.scheme.landmark_names)}."
        )
    return predictor


def _chosen_records(project: Project, chosen: ChosenImages) -> list[Record]:
    if chosen.names:
        return [project.records.find(name) for name in chosen.names]
    records = project.records.page(0, -1, split=chosen.split)
    if not records:
        where = f"split {chosen.split!r}" if chosen.split else "project"
        raise UsageError(f"There are no images in the {where} of {project.name}. Import some first.")
    return records


def _predict_records(
    project: Project, run: str, predictor: Predictor, records: Sequence[Record], found: dict[str, Landmarks]
) -> Job[None]:
    pool, ready = yield from fill_pool(project.layout.cache_folder, records, predictor.size)
    yield Started("Predicting", len(ready))
    for start in range(0, len(ready), _BATCH):
        batch = ready[start : start + _BATCH]
        seen = [prediction.landmarks for prediction in _predict_batch(pool, predictor, batch)]
        project.predictions.save_many(run, {record.image_id: one for record, one in zip(batch, seen, strict=True)})
        found |= {record.name: one for record, one in zip(batch, seen, strict=True)}
        yield Advanced(min(start + _BATCH, len(ready)), batch[-1].name)


def _predict_batch(pool: ImagePool, predictor: Predictor, records: Sequence[Record]) -> Sequence[Prediction]:
    hashes = [record.content_hash for record in records]
    return predictor.predict(pool.images[pool.indices(hashes)], [pool.placement(one) for one in hashes])


def _predict_files(
    predictor: Predictor, files: Sequence[Path], found: dict[str, Landmarks], spacings: dict[str, Spacing | None]
) -> Job[tuple[str, ...]]:
    yield Started("Predicting", len(files))
    skipped: list[str] = []
    for done, path in enumerate(files, start=1):
        try:
            radiograph: Radiograph = images.read(path)
            image, placement = images.to_input(radiograph, predictor.size)
        except ImageError as error:
            skipped.append(str(error))
        else:
            (prediction,) = predictor.predict(image[None], [placement])
            name = path.name if path.name not in found else str(path)
            found[name] = prediction.landmarks
            spacings[name] = radiograph.spacing
        yield Advanced(done, path.name)
    return tuple(skipped)
