"""How sure a run is: its covariances scaled to its errors on validation images, radii, and what to look at."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import RunError
from napari_kdland.evaluation import conformal
from napari_kdland.evaluation.abstention import Limit, marked
from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.found_by import NOT_RECORDED, FoundBy
from napari_kdland.evaluation.metrics import radial_errors
from napari_kdland.events import Advanced, Started, Warned
from napari_kdland.jobs.seeing import cached, predict_batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks, Placement
    from napari_kdland.engine.prediction import Prediction, Predictor
    from napari_kdland.engine.uncertainty import SpreadPredictor
    from napari_kdland.events import Job
    from napari_kdland.project import Project, Record
    from napari_kdland.recipes.asking import Asking

_BATCH = 8
# Goes into the key of every calibration: to be raised where the same weights would give other covariances.
_EDITION = 1


class UncertainPredictor:
    """A run that tells how sure it is of each landmark; the landmarks themselves are the run's own.

    Parameters
    ----------
    predictor
        The run.
    spread
        Who is asked for the covariance; `None` takes that of the run's own heatmaps.
    calibration
        From validation images; `None` leaves standard deviations as they are, and radii infinite.
    limit
        Which landmarks to mark.

    Attributes
    ----------
    found_by
        How its standard deviations are found, to be kept with them.
    """

    def __init__(
        self,
        predictor: Predictor,
        spread: SpreadPredictor | None = None,
        calibration: Calibration | None = None,
        limit: Limit | None = None,
    ) -> None:
        self._predictor, self._spread = predictor, spread
        self.calibration = calibration
        self.limit = limit or Limit()
        self.found_by = NOT_RECORDED

    @property
    def size(self) -> int:
        """Side of the input in pixels."""
        return self._predictor.size

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that it sees; empty: the images' own one."""
        return self._predictor.channels

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the landmarks."""
        return self._predictor.landmarks

    def predict(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> list[Prediction]:
        """Predict images (N, S, S), or (N, C, S, S); covariance and standard deviation are calibrated."""
        return [self._judged(prediction) for prediction in self.uncalibrated(images, placements)]

    def radii_px(self, predicted: Landmarks, level: float) -> NDArray[np.float64]:
        """Give radii (L,) of discs that hold the truth at a level around landmarks that it predicted, in image pixels.

        Infinite where images of val are too few, NaN where there is no prediction.
        """
        if self.calibration is None or predicted.sd_px is None:
            return np.where(predicted.has_point, np.inf, np.nan)
        return self.calibration.radii_px(predicted.sd_px / self.calibration.scales, level)

    def uncalibrated(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> list[Prediction]:
        """Predict with the covariance as it was found."""
        seen = self._predictor.predict(images, placements)
        if self._spread is None or not seen or seen[0].covariance is None:
            return seen
        covariances = self._spread.predict(images, placements).total
        return [_with_covariance(one, covariance) for one, covariance in zip(seen, covariances, strict=True)]

    def _judged(self, prediction: Prediction) -> Prediction:
        found, covariance, raw = self.calibration, prediction.covariance, prediction.landmarks.sd_px
        if covariance is None or raw is None:
            return prediction
        if found is None:
            return replace(prediction, landmarks=marked(prediction.landmarks, np.full(len(raw), np.inf), self.limit))
        scaled = _with_covariance(prediction, covariance * np.square(found.scales)[:, None, None])
        radii = found.radii_px(raw, self.limit.level)
        return replace(scaled, landmarks=marked(scaled.landmarks, radii, self.limit))


def uncertain_predictor(
    project: Project, run: str, predictor: Predictor, asking: Asking, limit: Limit, *, device: str
) -> Job[UncertainPredictor]:
    """Give a run with its uncertainty, calibrated on the annotated images of val.

    The calibration is kept in the run's folder, and made anew where weights, labels or settings have changed.

    Raises
    ------
    RunError
        If there is no such run, or it cannot be asked so.
    """
    others = [project.runs.get(name).folder for name in asking.others]
    folders = (project.runs.get(run).folder, *others)
    if not predictor.runs[0].recipe.heads.landmarks:
        return UncertainPredictor(predictor)
    spread = None if asking.how == "heatmap" else _spread_predictor(folders, asking, device)
    plain = UncertainPredictor(predictor, spread, limit=limit)
    plain.found_by = FoundBy(asking.title)
    labels = _labels(project)
    if not labels:
        if limit.beyond_px is not None or asking.how != "heatmap":
            yield Warned(
                "No image of the split 'val' has landmarks, so standard deviations are not calibrated and no radius is "
                "known. Annotate some images of val."
            )
        return plain
    key = _key(folders, asking, labels)
    path = folders[0] / f"calibration-{asking.how}.json"
    plain.calibration = _kept(path, key, plain.landmarks)
    if plain.calibration is None:
        plain.calibration = yield from _calibrated(project, plain, labels, asking, key)
        _keep(path, plain.calibration)
    needed, n_images = conformal.images_needed(limit.level), plain.calibration.n_images
    plain.found_by = FoundBy(asking.title, n_images, _digest(_plain(labels)))
    if limit.beyond_px is not None and n_images < needed:
        yield Warned(
            f"Every landmark is marked to be looked at: a radius that holds in {100 * limit.level:g} % of cases needs "
            f"{needed} annotated images of val, and there are {n_images}."
        )
    return plain


def _spread_predictor(folders: Sequence[Path], asking: Asking, device: str) -> SpreadPredictor:
    from napari_kdland.engine.uncertainty import SpreadPredictor

    return SpreadPredictor(folders, asking.part, device=device)


def _labels(project: Project) -> list[tuple[Record, Landmarks]]:
    ids = set(project.annotations.labelled_ids(split="val"))
    records = [record for record in project.records.page(0, -1, split="val") if record.image_id in ids]
    labels = project.annotations.labels([record.image_id for record in records], with_accepted=False)
    return [(record, labels[record.image_id]) for record in records if labels[record.image_id].has_point.any()]


def _key(folders: Sequence[Path], asking: Asking, labels: Sequence[tuple[Record, Landmarks]]) -> str:
    from napari_kdland.engine.checkpoints import load_run

    digests = [load_run(folder).digest for folder in folders]
    return _digest([_EDITION, asking.part.model_dump(mode="json"), digests, _plain(labels)])


def labels_of_val(project: Project) -> str:
    """Give the hash of the labels that uncertainties are calibrated on now."""
    return _digest(_plain(_labels(project)))


def _plain(labels: Sequence[tuple[Record, Landmarks]]) -> list[tuple[str, list[list[float]]]]:
    return [(record.content_hash, np.round(truth.points, 3).tolist()) for record, truth in labels]


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _calibrated(
    project: Project,
    predictor: UncertainPredictor,
    labels: Sequence[tuple[Record, Landmarks]],
    asking: Asking,
    key: str,
) -> Job[Calibration]:
    truths = {record.image_id: truth for record, truth in labels}
    errors, sd = yield from measured(project, predictor, [record for record, _ in labels], truths)
    return Calibration(asking.title, predictor.landmarks, errors, sd, key)


def measured(
    project: Project, predictor: UncertainPredictor, records: Sequence[Record], truths: dict[int, Landmarks]
) -> Job[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give radial errors and standard deviations (N, L) before calibration, in image pixels; NaN where unknown."""
    pool, ready = yield from cached(project, predictor, records)
    blank = np.zeros((0, len(predictor.landmarks)))
    errors, sd = [blank], [blank]
    yield Started("Measuring uncertainty", len(ready))
    for start in range(0, len(ready), _BATCH):
        batch = ready[start : start + _BATCH]
        seen = [one.landmarks for one in predict_batch(project, pool, _Uncalibrated(predictor), batch)]
        true = [truths[record.image_id].reordered(predictor.landmarks).points for record in batch]
        errors.append(radial_errors(np.stack([one.points for one in seen]), np.stack(true)))
        sd.append(np.stack([one.sd_px for one in seen if one.sd_px is not None]))
        yield Advanced(start + len(batch), batch[-1].name)
    return np.concatenate(errors), np.concatenate(sd)


class _Uncalibrated:
    """An uncertain predictor as it is before its calibration."""

    def __init__(self, predictor: UncertainPredictor) -> None:
        self.size, self.channels = predictor.size, predictor.channels
        self.predict = predictor.uncalibrated


def _with_covariance(prediction: Prediction, covariance: NDArray[np.float64]) -> Prediction:
    known = np.where(prediction.landmarks.has_point[:, None, None], covariance, np.nan)
    sd_px = np.sqrt(np.trace(known, axis1=-2, axis2=-1) / 2)
    return replace(prediction, covariance=known, landmarks=replace(prediction.landmarks, sd_px=sd_px))


def _kept(path: Path, key: str, names: tuple[str, ...]) -> Calibration | None:
    try:
        found = Calibration.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if (found.key, found.names) == (key, names) else None


def _keep(path: Path, calibration: Calibration) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(calibration.to_json(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise RunError(f"Cannot write {path}: {error}. Free space or make the project writable.") from error
