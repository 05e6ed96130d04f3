"""The main job on the sample data: from a folder of radiographs to a comparison of teacher and student."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import ProjectError
from napari_kdland.jobs.annotating import import_annotations
from napari_kdland.jobs.comparing import compare_runs
from napari_kdland.jobs.importing import SideFiles, import_images
from napari_kdland.jobs.predicting import ChosenImages, predict_run
from napari_kdland.jobs.reporting import draw_images
from napari_kdland.jobs.training import TrainingOrder, train_run
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.evaluation import Comparison
    from napari_kdland.events import Job

# Sized so that the whole demo stays under four minutes on two processor cores, those without bfloat16 too.
_STEPS = 160
_SETTINGS = ("input.size=192",)
# The teacher is asked once of each unchanged image.
_DISTILLED = ("views.kind=clean",)
_READERS = ("sample reader", "phantom")
_TEACHER, _STUDENT, _CONTROL = "teacher", "student-distilled", "student-supervised"


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, and what to show of it."""

    project: Path
    report: Path
    pictures: Path
    comparison: Comparison
    shown_runs: tuple[str, ...]
    shown_image: str


def run_demo(folder: Path, *, steps: int | None = None, seed: int = 0, device: str = "auto") -> Job[DemoResult]:
    """Import the sample radiographs, train a teacher, distil a student, compare it with a supervised twin.

    The two students have the same size, start from the same weights and make the same number of steps over the same
    number of images; only one of them learns from the unlabelled images, through the teacher.

    Raises
    ------
    ProjectError
        If `folder` holds something that is not an earlier demo.
    """
    project_path = _fresh(folder)
    yield from _import_sample(project_path)
    settings = [f"training.steps={steps or _STEPS}", *_SETTINGS]
    yield from train_run(
        project_path, _order("supervised", _TEACHER, seed, device, [*settings, "student.backbone=teacher"])
    )
    yield from train_run(
        project_path, _order("kd", _STUDENT, seed, device, [*settings, *_DISTILLED], teachers=(_TEACHER,))
    )
    yield from train_run(project_path, _order("supervised", _CONTROL, seed, device, settings))
    report = folder / "report.html"
    runs = (_CONTROL, _STUDENT, _TEACHER)
    comparison = yield from compare_runs(project_path, runs, baseline=_CONTROL, report=report, device=device)
    yield from predict_run(
        project_path, _STUDENT, ChosenImages(split="train"), out=folder / "student.csv", device=device
    )
    shown = _most_telling(comparison)
    pictures = folder / "pictures"
    yield from draw_images(project_path, shown, (_TEACHER, _STUDENT, _CONTROL), pictures)
    return DemoResult(project_path, report, pictures, comparison, (_TEACHER, _STUDENT), shown[0])


def _most_telling(comparison: Comparison) -> list[str]:
    """Name the three images in which distillation changed most."""
    gain = comparison.baseline.evaluation.image_errors_px - comparison.row(_STUDENT).evaluation.image_errors_px
    order = np.argsort(-np.nan_to_num(np.abs(gain)))
    return [comparison.images[int(index)] for index in order[:3]]


def _fresh(folder: Path) -> Path:
    project_path = folder / "demo.kdland"
    if project_path.exists():
        _remove_untouched(project_path)
    elif folder.exists() and any(folder.iterdir()):
        raise ProjectError(f"{folder} holds other files. Give the demo an empty folder: kdland demo --out FOLDER")
    folder.mkdir(parents=True, exist_ok=True)
    return project_path


def _remove_untouched(project_path: Path) -> None:
    """Remove an earlier demo, unless somebody has annotated in it."""
    with Project.open(project_path, announce=False) as project:
        readers = sorted(set(project.annotations.readers()) - set(_READERS))
    if readers:
        raise ProjectError(
            f"{project_path} holds annotations of {', '.join(readers)}, which a new demo would overwrite. "
            "Give another folder: kdland demo --out FOLDER"
        )
    shutil.rmtree(project_path)


def _import_sample(project_path: Path) -> Job[None]:
    from napari_kdland.phantom import sample_folder  # draws phantoms, too, and so loads much

    sample = sample_folder()
    Project.create(project_path, load_scheme("chest-10"), name="Demo").close()
    side = SideFiles(landmarks=sample / "landmarks.csv", split=sample / "split.csv")
    yield from import_images(project_path, [sample], side_files=side, reader=_READERS[0])
    yield from import_annotations(project_path, sample / "truth.csv", reader=_READERS[1])


def _order(
    recipe: str, name: str, seed: int, device: str, settings: list[str], teachers: tuple[str, ...] = ()
) -> TrainingOrder:
    chosen = with_settings(load_recipe(recipe), settings)
    return TrainingOrder(chosen, seed=seed, teachers=teachers, device=device, name=name)
