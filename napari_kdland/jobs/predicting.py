"""Predict landmarks with a run: for images of the project or for files outside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from napari_kdland import images
from napari_kdland.errors import ImageError, RunError, UsageError
from napari_kdland.evaluation.conformal import LEVELS
from napari_kdland.evaluation.found_by import NOT_RECORDED
from napari_kdland.events import Advanced, Job, Saved, Started
from napari_kdland.jobs.calibrating import UncertainPredictor, uncertain_predictor
from napari_kdland.jobs.limits import choose_limit, chosen_limit
from napari_kdland.jobs.seeing import cached, predict_batch
from napari_kdland.project import Project
from napari_kdland.project.exchange import write_predictions
from napari_kdland.recipes.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.anatomy.regions import Regions
    from napari_kdland.engine.prediction import Predictor
    from napari_kdland.evaluation.abstention import Limit
    from napari_kdland.evaluation.found_by import FoundBy
    from napari_kdland.images import Radiograph, Spacing
    from napari_kdland.project import Record

_BATCH = 8


@dataclass(frozen=True)
class ChosenImages:
    """Which images: a split of the project, some of its images by name or number, files outside it.

    Nothing means all images of the project.
    """

    split: str | None = None
    names: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    image_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class PredictionResult:
    """What a prediction did: landmarks by image name, and what was left out and why.

    `regions` holds the masks by image name where they were asked for.
    """

    landmarks: Mapping[str, Landmarks]
    skipped: tuple[str, ...] = ()
    regions: Mapping[str, Regions] = field(default_factory=dict, repr=False)

    @property
    def n_images(self) -> int:
        """Number of images predicted."""
        return len(self.landmarks)


@dataclass(frozen=True)
class ShownPrediction:
    """One prediction as a viewer needs it.

    `heatmaps` (L, h, w) lie on the image with `scale` image pixels per heatmap pixel, the centre of the first pixel at
    `translate` (y, x); their values are 0..1, 1 being as sharp as the target. `regions` are masks in image pixels,
    `None` where the run knows none. `covariance` (L, 2, 2) is in image pixels squared, as in `Prediction`, and comes
    from where `found_by` says; `radii_px` (L,) by level are those of discs that hold the truth.
    """

    run: str
    landmarks: Landmarks
    heatmaps: NDArray[np.float16] = field(repr=False)
    scale: float = 1.0
    translate: tuple[float, float] = (0.0, 0.0)
    regions: Regions | None = field(default=None, repr=False)
    covariance: NDArray[np.float64] | None = field(default=None, repr=False)
    found_by: FoundBy = NOT_RECORDED
    radii_px: Mapping[float, NDArray[np.float64]] = field(default_factory=dict, repr=False)


class _Found(NamedTuple):
    """What is collected while images are predicted; regions only where they are asked for."""

    landmarks: dict[str, Landmarks]
    regions: dict[str, Regions] | None


def predict_run(
    project_path: Path,
    run: str,
    chosen: ChosenImages | None = None,
    *,
    out: Path | None = None,
    device: str = "auto",
    with_regions: bool = False,
    asking: Asking | None = None,
    limit: Limit | None = None,
) -> Job[PredictionResult]:
    """Predict images and keep the predictions: in the project for its own images, in `out` (CSV) for all of them.

    Region masks are given back where `with_regions` asks for them; they are not kept, since a run makes them anew in
    less time than reading takes.

    Standard deviations come from where `asking` says, by default the heatmaps, and are calibrated on the annotated
    images of val. Landmarks whose radius is beyond `limit` are marked as uncertain; a limit is kept with the run and
    holds where none is given.

    Raises
    ------
    RunError
        If there is no such run, it has learnt nothing yet, or its landmarks are not the project's.
    UsageError
        If no image is chosen.
    """
    chosen = chosen or ChosenImages()
    with Project.open(project_path, announce=False) as project:
        predictor = yield from _uncertain(project, run, asking or Asking(), limit, device)
        found = _Found({}, {} if with_regions else None)
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
        rows = [(name, landmarks, spacings.get(name)) for name, landmarks in found.landmarks.items()]
        write_predictions(out, rows, with_radius=predictor.limit.beyond_px is not None)
        yield Saved("predictions", str(out))
    return PredictionResult(found.landmarks, skipped, found.regions or {})


def predict_heatmaps(project_path: Path, run: str, image_id: int, *, device: str = "cpu") -> Job[ShownPrediction]:
    """Predict one image of the project, heatmaps included."""
    yield Started(f"Predicting with {run}", 1)
    with Project.open(project_path, announce=False) as project:
        predictor = yield from _uncertain(project, run, Asking(), None, device)
        record = project.records.get(image_id)
        pool, ready = yield from cached(project, predictor, [record])
        if not ready:
            raise RunError(f"{record.name} cannot be read any more, so {run} cannot predict it.")
        (prediction,) = predict_batch(project, pool, predictor, ready)
        _keep_looked_at(project, run, image_id, prediction.landmarks, predictor.found_by)
    yield Advanced(1, record.name)
    return ShownPrediction(
        run,
        prediction.landmarks,
        prediction.heatmaps,
        prediction.placement.heatmap_scale,
        prediction.placement.heatmap_translate,
        prediction.regions,
        prediction.covariance,
        predictor.found_by,
        {level: predictor.radii_px(prediction.landmarks, level) for level in LEVELS},
    )


def _keep_looked_at(project: Project, run: str, image_id: int, landmarks: Landmarks, found_by: FoundBy) -> None:
    """Keep a prediction that is looked at, unless one is there whose standard deviations were found otherwise.

    The points of both are the same, and looking at an image must not mix ways in the figures of a run.
    """
    there = project.predictions.found_by(run, [image_id]).get(image_id)
    if there is None or there.how == found_by.how:
        project.predictions.save(run, image_id, landmarks, found_by)


def _uncertain(project: Project, run: str, asking: Asking, limit: Limit | None, device: str) -> Job[UncertainPredictor]:
    predictor = predictor_of(project, run, device)
    if limit is not None:
        choose_limit(project, run, limit)
    chosen = chosen_limit(project, run)
    return (yield from uncertain_predictor(project, run, predictor, asking, chosen, device=device))


def predictor_of(project: Project, run: str, device: str) -> Predictor:
    """Load a run of a project.

    Raises
    ------
    RunError
        If there is no such run, it has learnt nothing yet, or its landmarks or regions are not the project's.
    """
    from napari_kdland.engine.prediction import Predictor

    predictor = Predictor(project.runs.get(run).folder, device=device)
    scheme = project.scheme
    for theirs, ours in (
        (predictor.landmarks, scheme.landmark_names),
        (predictor.regions, tuple(region.name for region in scheme.regions)),
    ):
        if theirs and set(theirs) != set(ours):
            raise RunError(_of_another_scheme(run, theirs, ours, scheme.name))
    return predictor


def _of_another_scheme(run: str, theirs: Sequence[str], ours: Sequence[str], scheme: str) -> str:
    """Say what tells the landmarks or regions of a run from the scheme's: both in full would be too long to compare."""
    missing = ", ".join(name for name in ours if name not in theirs)
    beyond = ", ".join(name for name in theirs if name not in ours)
    parts = [f"does not know {missing}"] if missing else []
    parts += [f"predicts {beyond}, which the scheme has not"] if beyond else []
    return (
        f"The run {run} was trained on another scheme than the project's {scheme}: it {' and '.join(parts)}. "
        "Train one anew, or give the scheme back what the run was trained on (Project > Edit scheme)."
    )


def _chosen_records(project: Project, chosen: ChosenImages) -> list[Record]:
    if chosen.names:
        return [project.records.find(name) for name in chosen.names]
    if chosen.image_ids:
        wanted = set(chosen.image_ids)
        return [record for record in project.records.page(0, -1) if record.image_id in wanted]
    records = project.records.page(0, -1, split=chosen.split)
    if not records:
        where = f"split {chosen.split!r}" if chosen.split else "project"
        raise UsageError(f"There are no images in the {where} of {project.name}. Import some first.")
    return records


def _predict_records(
    project: Project, run: str, predictor: UncertainPredictor, records: Sequence[Record], result: _Found
) -> Job[None]:
    pool, ready = yield from cached(project, predictor, records)
    yield Started("Predicting", len(ready))
    for start in range(0, len(ready), _BATCH):
        batch = ready[start : start + _BATCH]
        seen = predict_batch(project, pool, predictor, batch)
        project.predictions.save_many(
            run,
            {record.image_id: one.landmarks for record, one in zip(batch, seen, strict=True)},
            predictor.found_by,
        )
        for record, one in zip(batch, seen, strict=True):
            result.landmarks[record.name] = one.landmarks
            if result.regions is not None and one.regions is not None:
                result.regions[record.name] = one.regions
        yield Advanced(min(start + _BATCH, len(ready)), batch[-1].name)


def _predict_files(
    predictor: UncertainPredictor, files: Sequence[Path], result: _Found, spacings: dict[str, Spacing | None]
) -> Job[tuple[str, ...]]:
    if len(predictor.channels) > 1:
        raise UsageError(
            f"The run sees the channels {', '.join(predictor.channels)}, and a file on its own has one. Import the "
            "images into a project with their channels, and predict them there."
        )
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
            name = path.name if path.name not in result.landmarks else str(path)
            result.landmarks[name] = prediction.landmarks
            if result.regions is not None and prediction.regions is not None:
                result.regions[name] = prediction.regions
            spacings[name] = radiograph.spacing
        yield Advanced(done, path.name)
    return tuple(skipped)
