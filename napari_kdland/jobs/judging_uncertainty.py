"""Hold a run's uncertainty against its errors on a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError, RunError, UsageError
from napari_kdland.evaluation.abstention import Limit
from napari_kdland.evaluation.uncertainty import judge
from napari_kdland.jobs.calibrating import measured, uncertain_predictor
from napari_kdland.jobs.measuring_regions import frozen
from napari_kdland.jobs.predicting import predictor_of
from napari_kdland.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.evaluation.uncertainty import UncertaintyFigures
    from napari_kdland.events import Job
    from napari_kdland.project import Record
    from napari_kdland.recipes.asking import Asking


def judge_uncertainty(
    project_path: Path, run: str, asking: Asking, *, split: str = "test", device: str = "auto"
) -> Job[UncertaintyFigures]:
    """Calibrate a run's uncertainty on val and measure it on another split; the project's predictions stay as they are.

    The first measurement on test freezes the test split.

    Raises
    ------
    UsageError
        If the split is the one that uncertainties are calibrated on.
    RunError
        If the run learns no landmarks, or cannot be asked so.
    AnnotationError
        If no image of the split, or none of val, has landmarks.
    """
    if split == "val":
        raise UsageError(
            "Uncertainties are calibrated on 'val', so they cannot be judged there. Choose another split, such as test."
        )
    with Project.open(project_path, announce=False) as project:
        predictor = predictor_of(project, run, device)
        if not predictor.runs[0].recipe.heads.landmarks:
            raise RunError(f"The run {run} learns no landmarks, so it has no uncertainty of them. Choose another run.")
        records, truths = _truths(project, split)
        if not project.annotations.labelled_ids(split="val"):
            raise AnnotationError(
                f"No image of the split 'val' of {project.name} has landmarks, so uncertainties cannot be calibrated. "
                "Annotate some images of val."
            )
        yield from frozen(project, split)
        uncertain = yield from uncertain_predictor(project, run, predictor, asking, Limit(), device=device)
        errors, sd = yield from measured(project, uncertain, records, truths)
    if uncertain.calibration is None:
        raise AnnotationError("No annotated image of the split 'val' can be read, so nothing can be calibrated.")
    return judge(uncertain.calibration, errors, sd)


def _truths(project: Project, split: str) -> tuple[list[Record], dict[int, Landmarks]]:
    ids = set(project.annotations.labelled_ids(split=split))
    records = [record for record in project.records.page(0, -1, split=split) if record.image_id in ids]
    if not records:
        raise AnnotationError(
            f"No image in the split {split!r} of {project.name} has annotated landmarks, so there is nothing to "
            "measure against. Annotate some, or import their landmarks."
        )
    return records, project.annotations.labels([record.image_id for record in records], with_accepted=False)
