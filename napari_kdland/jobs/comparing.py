"""Measure runs against the readers' landmarks, one run or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.evaluation import Comparison, Evaluation, compare, evaluate, mean_shape
from napari_kdland.events import Job, Warned
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.jobs.predicting import ChosenImages, predict_run
from napari_kdland.jobs.reporting import write_comparison
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.project import Record


def evaluate_run(project_path: Path, run: str, *, split: str = "test", device: str = "auto") -> Job[Evaluation]:
    """Measure one run on a split; predicts what is not predicted yet.

    The first measurement on test freezes the test split.

    Raises
    ------
    AnnotationError
        If no image of the split has annotated landmarks.
    """
    records, truth = yield from _truth(project_path, split)
    predictions = yield from _predictions(project_path, run, records, device)
    result = evaluate(predictions, truth, spacing_mm=_spacings(records))
    with Project.open(project_path, announce=False) as project:
        project.metrics.save(run, split, _numbers(result))
    return result


def compare_runs(
    project_path: Path,
    runs: Sequence[str],
    *,
    baseline: str | None = None,
    split: str = "test",
    report: Path | None = None,
    device: str = "auto",
) -> Job[Comparison]:
    """Compare runs on the same images, with the mean shape of the labels as floor; writes an HTML report where asked.

    Raises
    ------
    UsageError
        If no run is given, or one twice.
    """
    if not runs or len(set(runs)) != len(runs):
        raise UsageError(f"Give the names of one or more different runs to compare, not {', '.join(runs) or 'none'}.")
    records, truth = yield from _truth(project_path, split)
    predictions: dict[str, Mapping[str, Landmarks]] = {}
    for run in runs:
        predictions[run] = yield from _predictions(project_path, run, records, device)
    floor = _floor(project_path, runs[0], records)
    comparison = compare(predictions, truth, baseline=baseline, floor=floor, spacing_mm=_spacings(records))
    with Project.open(project_path, announce=False) as project:
        for row in comparison.runs:
            project.metrics.save(row.name, split, _numbers(row.evaluation))
    if report is not None:
        yield from write_comparison(project_path, comparison, report)
    return comparison


def _truth(project_path: Path, split: str) -> Job[tuple[list[Record], dict[str, Landmarks]]]:
    with Project.open(project_path, announce=False) as project:
        labelled = set(project.annotations.labelled_ids(split=split))
        records = [record for record in project.records.page(0, -1, split=split) if record.image_id in labelled]
        if not records:
            raise AnnotationError(
                f"No image in the split {split!r} of {project.name} has annotated landmarks, so there is nothing to "
                "measure against. Annotate some, or import their landmarks."
            )
        if split == "test" and not project.splits.is_test_frozen and not project.is_read_only:
            project.splits.freeze_test()
            yield Warned("The test split is frozen from now on, so that all figures on it can be compared.")
        labels = project.annotations.labels([record.image_id for record in records])
    return records, {record.name: labels[record.image_id] for record in records}


def _predictions(project_path: Path, run: str, records: Sequence[Record], device: str) -> Job[dict[str, Landmarks]]:
    with Project.open(project_path, announce=False) as project:
        project.runs.get(run)
        known = {record.name: project.predictions.load(run, record.image_id) for record in records}
    found = {name: landmarks for name, landmarks in known.items() if landmarks is not None}
    missing = tuple(name for name in known if name not in found)
    if missing:
        result = yield from predict_run(project_path, run, ChosenImages(names=missing), device=device)
        found |= result.landmarks
    return found


def _floor(project_path: Path, run: str, records: Sequence[Record]) -> dict[str, Landmarks]:
    """Predict the mean shape of the labels that `run` was trained on."""
    with Project.open(project_path, announce=False) as project:
        labelled = FrozenData.read(project.runs.get(run).folder).labelled
        sizes = {record.content_hash: record.size for record in project.records.page(0, -1)}
    pairs = [
        (image.landmarks, sizes[image.content_hash])
        for image in labelled
        if image.landmarks is not None and image.content_hash in sizes
    ]
    shape = mean_shape(pairs)
    return {record.name: shape.predict(record.size) for record in records}


def _spacings(records: Sequence[Record]) -> dict[str, tuple[float, float] | None]:
    return {
        record.name: None if record.spacing is None else (record.spacing.row_mm, record.spacing.column_mm)
        for record in records
    }


def _numbers(evaluation: Evaluation) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in evaluation.summary.to_json().items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
