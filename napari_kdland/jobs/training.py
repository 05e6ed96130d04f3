"""Train a network on a project's images, from its annotations or from a teacher, and keep the run."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import tomli_w

from napari_kdland.errors import KdlandError, ProjectError, RunError, TrainingError
from napari_kdland.events import Advanced, Measured, Probed, Saved, Started, to_json
from napari_kdland.jobs.describing import EVENTS_FILE
from napari_kdland.jobs.following import followed
from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.jobs.lineage import refuse_leaks, run_folder, start_of, teachers_of
from napari_kdland.jobs.training_inputs import heads_of, probe_images, training_data
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.engine.training import TrainingResult, TrainingSetup
    from napari_kdland.events import Event, Job
    from napari_kdland.project import RunRecord, TrainingLock
    from napari_kdland.recipes import Recipe

_HEARTBEAT_S = 5.0
_RECIPE_FILE = "recipe.toml"


@dataclass(frozen=True)
class TrainingOrder:
    """What to train.

    Parameters
    ----------
    recipe
        How to train.
    labels
        Number of labelled images (lowest label_rank first); `None` takes all annotated images of train.
    seed
        Seed of initialisation, order and augmentation.
    teachers
        Names of runs of this project, or paths of run folders of any project.
    start
        Name or folder of the run whose weights are the first ones; empty where the recipe begins afresh.
    device
        auto, cpu, cuda, cuda:N or mps.
    name
        Name of the run; made from recipe, labels and seed where it is not given.
    probes
        Content hashes of images to watch, up to eight: `Probed` tells what the network sees in them at every
        validation. Only images that the run reads anyway are watched.
    """

    recipe: Recipe
    labels: int | None = None
    seed: int = 0
    teachers: tuple[str, ...] = field(default=())
    start: str = ""
    device: str = "auto"
    name: str | None = None
    probes: tuple[str, ...] = field(default=())


def train_run(project_path: Path, order: TrainingOrder) -> Job[RunRecord]:
    """Train a new run. Closing the job saves a checkpoint, from which `resume_run` goes on.

    Raises
    ------
    RecipeError
        If the number of teachers is not the recipe's.
    TrainingError
        If there is nothing to train on, the device is missing or full, or a loss is not finite any more.
    ProjectBusy
        If another process trains in this project.
    """
    from napari_kdland.engine import devices

    # Before there is a run: one that could not even begin would be of no use.
    devices.choose(order.device)
    with Project.open(project_path, announce=False) as project:
        teachers = teachers_of(project, order)
        start = start_of(project, order)
        data = freeze(project, labels=order.labels, seed=order.seed, heads=heads_of(order.recipe))
        refuse_leaks(project, [run_folder(project, name) for name in (*teachers, *([start] if start else []))])
        record = project.runs.create(
            order.name,
            recipe=order.recipe,
            labels=len(data.labelled),
            seed=order.seed,
            device=order.device,
            teachers=teachers,
            start=start,
        )
        try:
            data.write(record.folder)
            recipe = tomli_w.dumps(order.recipe.model_dump(mode="json"))
            (record.folder / _RECIPE_FILE).write_text(recipe, encoding="utf-8")
        except OSError as error:
            project.runs.delete(record.name)
            raise TrainingError(f"Cannot write to {record.folder}: {error}. Free space or make it writable.") from error
    return (yield from _train(project_path, record.name, order, resume=False))


def resume_run(project_path: Path, run: str, *, device: str = "auto", probes: tuple[str, ...] = ()) -> Job[RunRecord]:
    """Go on with a run that was stopped; the result equals that of an uninterrupted one.

    `probes` are images to watch, as in `TrainingOrder`.

    Raises
    ------
    RunError
        If there is no such run, it is finished, or its folder is damaged.
    """
    with Project.open(project_path, announce=False) as project:
        record = project.runs.get(run)
        if record.status == "done":
            raise RunError(f"The run {run} is finished after {record.steps_done} steps; there is nothing to resume.")
        if record.loss:
            raise RunError(record.loss)
        recipe = load_recipe(record.folder / _RECIPE_FILE)
    order = TrainingOrder(recipe, device=device, probes=probes)
    return (yield from _train(project_path, run, order, resume=True))


def _train(project_path: Path, run: str, order: TrainingOrder, *, resume: bool) -> Job[RunRecord]:
    from napari_kdland.engine import devices

    with Project.open(project_path, announce=False) as project:
        record = project.runs.get(run)
        with project.runs.training_lock(run, str(devices.choose(order.device))) as lock:
            project.runs.update(run, status="running", message="")
            try:
                # First of all: whoever stops it right away has to know which run that was.
                yield Saved("run", str(record.folder))
                diary = _Diary(project, record, lock)
                result = yield from _engine_job(project, record, order, diary, resume)
            except GeneratorExit:
                project.runs.update(run, status="stopped", message="Stopped; resume to go on.")
                raise
            except KdlandError as error:
                # Where the disk is full nothing more can be written, and that has to be what is said.
                with suppress(ProjectError):
                    project.runs.update(run, status="failed", message=str(error))
                raise
            finally:
                # Whatever was predicted before is not this network's word any more.
                with suppress(ProjectError):
                    project.predictions.clear(run)
            best_error_px, best_dice = result.best_error_px, result.best_dice
            project.runs.update(
                run, status="done", steps_done=result.steps, best_error_px=best_error_px, best_dice=best_dice
            )
        return project.runs.get(run)


def _engine_job(
    project: Project, record: RunRecord, order: TrainingOrder, diary: _Diary, resume: bool
) -> Job[TrainingResult]:
    if "torch" not in sys.modules:
        yield Started("Loading what learns")
    from napari_kdland.engine.training import train

    setup = setup_of(project, record.teachers, record.start)
    frozen = FrozenData.read(record.folder)
    data = yield from followed(training_data(project, frozen, order.recipe), diary.see)
    setup = replace(setup, probes=probe_images(project, frozen, order.recipe, order.probes))
    job = train(data, order.recipe, record.folder, setup, seed=record.seed, device=order.device, resume=resume)
    return (yield from followed(job, diary.see))


def setup_of(project: Project, teachers: Sequence[str], start: str = "") -> TrainingSetup:
    """Give what the engine is told of a training besides recipe and data; runs are given by name or folder."""
    from napari_kdland.engine.training import TrainingSetup

    return TrainingSetup(
        landmarks=project.scheme.landmark_names,
        regions=tuple(region.name for region in project.scheme.regions),
        mirrored_order=project.scheme.mirrored_order,
        scheme=project.scheme.name,
        teachers=tuple(run_folder(project, name) for name in teachers),
        start=run_folder(project, start) if start else None,
    )


class _Diary:
    """Writes a run's events to its folder, its progress to the project, and keeps the training lock alive."""

    def __init__(self, project: Project, record: RunRecord, lock: TrainingLock) -> None:
        self._project = project
        self._run = record.name
        self._path = record.folder / EVENTS_FILE
        self._lock = lock
        self._beaten = time.monotonic()
        self._best = record.best_error_px

    def see(self, event: Event) -> None:
        if not isinstance(event, Advanced | Probed):
            self._write(event)
        if isinstance(event, Measured):
            self._tell_progress(event)
        if time.monotonic() - self._beaten > _HEARTBEAT_S:
            self._lock.heartbeat()
            self._beaten = time.monotonic()

    def _write(self, event: Event) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(to_json(event) + "\n")
        except FileNotFoundError as error:
            raise TrainingError(
                f"The folder {self._path.parent} is gone: it was moved or deleted while the run trained in it. The "
                "training stops. Put it back, then resume the run; or delete the run."
            ) from error
        except OSError as error:
            raise TrainingError(
                f"Cannot write to {self._path}: {error.strerror}. The training stops; free space or put the run's "
                "folder back, then resume the run."
            ) from error

    def _tell_progress(self, event: Measured) -> None:
        error = event.values.get("val_radial_error_px")
        if error is not None:
            self._best = error if self._best is None else min(self._best, error)
        if event.is_validation:
            self._project.runs.update(self._run, steps_done=event.step, best_error_px=self._best)
