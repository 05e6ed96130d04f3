"""Train one run of a study to its end, whoever began it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomli_w

from napari_kdland.errors import KdlandError, NonFiniteLoss, ProjectBusy, TrainingError
from napari_kdland.events import Advanced, Job
from napari_kdland.jobs.training import resume_run
from napari_kdland.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.jobs.freezing import FrozenData
    from napari_kdland.jobs.studying.planning import Step
    from napari_kdland.project import RunRecord

_LOOK_SECONDS = 5.0
_WAIT_SECONDS = 1.0
# Numbers of a run are kept by split; what its training took is kept under this word.
TRAINING = "training"


@dataclass(frozen=True)
class Outcome:
    """How the work on a run ended: `message` says why it is not done, empty where it is.

    `has_diverged` says that it cannot be done: its loss is no longer finite.
    """

    run: str
    message: str = ""
    has_diverged: bool = False


def prepare(project: Project, step: Step, data: FrozenData) -> RunRecord:
    """Plan a run in the project with its frozen data, so that any process can train it.

    Raises
    ------
    TrainingError
        If its folder cannot be written.
    """
    if step.name not in {run.name for run in project.runs.all()}:
        # Left by a process that was killed just here.
        with suppress(OSError):
            project.layout.run_folder(step.name).rmdir()
        project.runs.create(
            step.name,
            recipe=step.recipe,
            labels=step.cell.labels,
            seed=step.seed,
            teachers=step.teachers,
            start=step.start or "",
        )
    record = project.runs.get(step.name)
    if record.status == "planned":
        try:
            data.write(record.folder)
            recipe = tomli_w.dumps(step.recipe.model_dump(mode="json"))
            (record.folder / "recipe.toml").write_text(recipe, encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"Cannot write to {record.folder}: {error}. Free space or make it writable.") from error
    return record


def work_on(project_path: Path, run: str, *, device: str = "auto") -> Job[Outcome]:
    """Train a prepared run to its end; goes on with one that was interrupted, waits for one that another trains.

    A study that is not going on any more is not worked for: the training then stops and keeps what it has.
    """
    with Project.open(project_path, announce=False) as project:
        begun = time.monotonic()
        try:
            # Loads torch before the run's lock is taken: on a shared folder that may take longer than the lock lives.
            _check_device(device)
            begun = time.monotonic()
            yield from _trained(project, run, device)
        except KdlandError as error:
            return Outcome(run, str(error), isinstance(error, NonFiniteLoss))
        finally:
            known = project.metrics.load(run, TRAINING).get("seconds", 0.0)
            project.metrics.save(run, TRAINING, {"seconds": known + time.monotonic() - begun})
    return Outcome(run)


def _check_device(device: str) -> None:
    from napari_kdland.engine import devices

    devices.choose(device)


def _trained(project: Project, run: str, device: str) -> Job[None]:
    while project.runs.get(run).status != "done":
        if not project.runs.is_admitted(run):
            raise ProjectBusy(f"The study of {run} is not going on any more. Start it again to go on.")
        if run not in project.runs.training_now():
            try:
                yield from _while_admitted(project, run, resume_run(project.path, run, device=device))
                continue
            except ProjectBusy:
                # Another process was faster.
                pass
        yield Advanced(0, f"{run} is trained by another process")
        time.sleep(_WAIT_SECONDS)


def _while_admitted(project: Project, run: str, job: Job[RunRecord]) -> Job[None]:
    looked = time.monotonic()
    try:
        for event in job:
            yield event
            if time.monotonic() - looked > _LOOK_SECONDS:
                looked = time.monotonic()
                if not project.runs.is_admitted(run):
                    return
    finally:
        job.close()
