"""Measure the region masks that a run predicts against those that readers drew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError
from napari_kdland.evaluation import RegionEvaluation, RegionFigures, sum_up
from napari_kdland.events import Advanced, Job, Started, Warned
from napari_kdland.jobs.predicting import ChosenImages, predict_run
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Regions
    from napari_kdland.project import Record

# Predicted masks of so many images are held in memory at a time.
_AT_A_TIME = 32


def measure_regions(
    project_path: Path, run: str, *, split: str = "test", device: str = "auto"
) -> Job[RegionEvaluation]:
    """Predict the images of a split that have masks, and measure every region in each.

    The first measurement on test freezes the test split. Models' masks are no truth.

    Raises
    ------
    AnnotationError
        If no image of the split has region masks.
    RunError
        If the run's regions are not the project's.
    """
    with Project.open(project_path, announce=False) as project:
        labelled = set(project.masks.labelled_ids(split))
        records = [record for record in project.records.page(0, -1, split=split) if record.image_id in labelled]
        if not records:
            raise AnnotationError(
                f"No image in the split {split!r} of {project.name} has region masks, so there is nothing to measure "
                "against. Draw some, or import them."
            )
        yield from frozen(project, split)
    figures: dict[str, RegionFigures] = {}
    for start in range(0, len(records), _AT_A_TIME):
        part = records[start : start + _AT_A_TIME]
        chosen = ChosenImages(names=tuple(record.name for record in part))
        result = yield from predict_run(project_path, run, chosen, device=device, with_regions=True)
        figures |= yield from _measured(project_path, part, result.regions)
    return sum_up(figures)


def frozen(project: Project, split: str) -> Job[None]:
    """Freeze the test split before anything is measured on it; does nothing for other splits."""
    if split == "test" and not project.splits.is_test_frozen and not project.is_read_only:
        project.splits.freeze_test()
        yield Warned("The test split is frozen from now on, so that all figures on it can be compared.")


def _measured(
    project_path: Path, records: Sequence[Record], predicted: Mapping[str, Regions]
) -> Job[dict[str, RegionFigures]]:
    from napari_kdland.engine.region_metrics import measure

    yield Started("Measuring regions", len(records))
    figures: dict[str, RegionFigures] = {}
    with Project.open(project_path, announce=False) as project:
        for done, record in enumerate(records, start=1):
            truth, found = project.masks.load(record.image_id), predicted.get(record.name)
            if truth is not None and found is not None:
                figures[record.name] = measure(found, truth, spacing_mm=record.spacing_mm)
            yield Advanced(done, record.name)
    return figures
