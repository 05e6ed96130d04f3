"""Measure runs against the readers' landmarks and region masks, one run or several side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_kdland.anatomy import measures_of
from napari_kdland.errors import AnnotationError, RecipeError, UsageError
from napari_kdland.evaluation import (
    Comparison,
    Evaluation,
    RegionEvaluation,
    compare,
    compare_evaluations,
    compare_regions,
    evaluate,
    mean_shape,
)
from napari_kdland.events import Job, Warned
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.jobs.index_sources import read_index_sources
from napari_kdland.jobs.measuring_regions import frozen, measure_regions
from napari_kdland.jobs.predicting import ChosenImages, predict_run
from napari_kdland.jobs.remarks import masks_and_spacings, seen_in_training
from napari_kdland.jobs.reporting import StudyPart, write_comparison
from napari_kdland.jobs.training_inputs import heads_of
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.jobs.index_sources import IndexSource
    from napari_kdland.project import Record


def evaluate_run(project_path: Path, run: str, *, split: str = "test", device: str = "auto") -> Job[Evaluation]:
    """Measure one run on a split, landmarks and regions as far as it learns them; predicts what is not predicted yet.

    The first measurement on test freezes the test split.

    Raises
    ------
    AnnotationError
        If no image of the split has what the run is to be measured against.
    """
    comparison = yield from _compared(project_path, [run], baseline=None, split=split, device=device, with_floor=False)
    return comparison.baseline.evaluation


def compare_runs(
    project_path: Path,
    runs: Sequence[str],
    *,
    baseline: str | None = None,
    split: str = "test",
    report: Path | None = None,
    study: StudyPart | None = None,
    index_sources: Sequence[IndexSource] = (),
    pictures: bool = True,
    device: str = "auto",
) -> Job[Comparison]:
    """Compare runs on the same images, with the mean shape of the labels as floor; writes an HTML report where asked.

    Landmarks are compared where every run learns some, regions for the runs that learn them. `study` is what a study
    has to say in the report; `index_sources` are tables of indices measured elsewhere, for the report to hold those of
    the runs against; without `pictures` the report shows no radiograph.

    Raises
    ------
    UsageError
        If no run is given, one twice, or runs that have nothing in common.
    AnnotationError
        If no image of the split has what the runs are to be measured against, or a table cannot be read.
    """
    check_names(runs)
    references = read_index_sources(project_path, index_sources)
    comparison = yield from _compared(
        project_path, runs, baseline=baseline, split=split, device=device, with_floor=True
    )
    if report is not None:
        yield from write_comparison(
            project_path,
            comparison,
            report,
            split=split,
            index_sources=index_sources,
            references=references,
            study=study,
            pictures=pictures,
        )
    return comparison


def check_names(runs: Sequence[str]) -> None:
    """Refuse to compare no run, or one with itself.

    Raises
    ------
    UsageError
        If no run is given, or one twice.
    """
    if not runs or len(set(runs)) != len(runs):
        raise UsageError(f"Give the names of one or more different runs to compare, not {', '.join(runs) or 'none'}.")


def _compared(
    project_path: Path, runs: Sequence[str], *, baseline: str | None, split: str, device: str, with_floor: bool
) -> Job[Comparison]:
    heads = _heads(project_path, runs)
    others = [run for run in runs if "landmarks" not in heads[run]]
    with_regions = [run for run in runs if "regions" in heads[run]]
    if others and len(with_regions) < len(runs):
        raise UsageError(
            f"{', '.join(others)} learn regions and no landmarks, the others no regions, so nothing can be compared. "
            "Compare runs that were trained for the same."
        )
    if others and len(others) < len(runs):
        yield Warned(f"{', '.join(others)} learn no landmarks, so the runs are compared by their regions only.")
    regions: dict[str, RegionEvaluation] = {}
    if not others:
        comparison = yield from _landmarks_compared(
            project_path, runs, baseline=baseline, split=split, device=device, with_floor=with_floor
        )
        if with_regions and not _has_masks(project_path, split):
            yield Warned(f"No image of the split {split!r} has region masks, so regions are not measured.")
            with_regions = []
    for run in with_regions:
        regions[run] = yield from measure_regions(project_path, run, split=split, device=device)
    result = compare_regions(regions, baseline=baseline) if others else comparison.with_regions(regions)
    with Project.open(project_path, announce=False) as project:
        remarks = seen_in_training(project, runs, result.images, split)
        remarks += masks_and_spacings(project, split) if regions else ()
        for row in result.runs:
            numbers = _numbers(row.evaluation) if result.names else {}
            project.metrics.save(row.name, split, numbers | (regions[row.name].numbers if row.name in regions else {}))
    return replace(result, remarks=remarks)


def _landmarks_compared(
    project_path: Path, runs: Sequence[str], *, baseline: str | None, split: str, device: str, with_floor: bool
) -> Job[Comparison]:
    records, truth, unlabelled = yield from _truth(project_path, split)
    predictions: dict[str, Mapping[str, Landmarks]] = {}
    for run in runs:
        predictions[run] = yield from _predictions(project_path, run, records, device)
    spacings = {record.name: record.spacing_mm for record in records}
    sizes = {record.name: record.size for record in records}
    with Project.open(project_path, announce=False) as project:
        measures = measures_of(project.scheme)
    if not with_floor:
        evaluations = {
            run: evaluate(found, truth, spacing_mm=spacings, sizes=sizes, measures=measures)
            for run, found in predictions.items()
        }
        comparison = compare_evaluations(evaluations, baseline=baseline)
    else:
        floor = _floor(project_path, runs[0], records)
        comparison = compare(
            predictions, truth, baseline=baseline, floor=floor, spacing_mm=spacings, sizes=sizes, measures=measures
        )
    return replace(comparison, without_truth=(*comparison.without_truth, *unlabelled))


def _heads(project_path: Path, runs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    with Project.open(project_path, announce=False) as project:
        return {run: _heads_of_run(project.runs.get(run).folder) for run in runs}


def _heads_of_run(folder: Path) -> tuple[str, ...]:
    try:
        return heads_of(load_recipe(folder / "recipe.toml"))
    except RecipeError:
        # Predictions that are kept can be compared all the same; when runs kept no recipe, all learnt landmarks.
        return ("landmarks",)


def _has_masks(project_path: Path, split: str) -> bool:
    with Project.open(project_path, announce=False) as project:
        return bool(project.masks.labelled_ids(split))


def _truth(project_path: Path, split: str) -> Job[tuple[list[Record], dict[str, Landmarks], list[str]]]:
    """Give the annotated images of a split, their landmarks, and the names of the others."""
    with Project.open(project_path, announce=False) as project:
        labelled = set(project.annotations.labelled_ids(split=split))
        everything = project.records.page(0, -1, split=split)
        records = [record for record in everything if record.image_id in labelled]
        if not records:
            raise AnnotationError(
                f"No image in the split {split!r} of {project.name} has annotated landmarks, so there is nothing to "
                "measure against. Annotate some, or import their landmarks."
            )
        yield from frozen(project, split)
        labels = project.annotations.labels([record.image_id for record in records], with_accepted=False)
    unlabelled = [record.name for record in everything if record.image_id not in labelled]
    return records, {record.name: labels[record.image_id] for record in records}, unlabelled


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


def _numbers(evaluation: Evaluation) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in evaluation.summary.to_json().items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
