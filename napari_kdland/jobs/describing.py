"""What there is to know of one run: its card, read from the project and from the run's folder."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from napari_kdland.errors import KdlandError
from napari_kdland.events import Advanced, Event, Started, from_json
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, ready_made_recipes
from napari_kdland.recipes.differences import settings_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.project import RunRecord
    from napari_kdland.recipes import Recipe

EVENTS_FILE = "events.jsonl"


@dataclass(frozen=True)
class DataFacts:
    """What a run is trained on.

    Parameters
    ----------
    sha256
        Of the frozen copy in the run's folder, in whatever order: runs with one hash had the same images and labels.
    n_labelled, n_unlabelled, n_validation
        How many images.
    n_placed, n_accepted
        Landmarks of the labelled images that readers or files placed, and accepted predictions.
    """

    sha256: str
    n_labelled: int
    n_unlabelled: int
    n_validation: int
    n_placed: int = 0
    n_accepted: int = 0


@dataclass(frozen=True)
class RunStory:
    """The card of a run.

    Parameters
    ----------
    run
        As the project knows it.
    recipe
        `None` where it cannot be read any more.
    settings
        Where it departs from the ready-made recipe of its name, as ``key=value``; `None` where there is none.
    data
        `None` where the frozen copy is gone.
    device, precision
        What it was trained on, as run.toml says; empty before the training has begun.
    events
        What it has told, the oldest first.
    heard
        When it told the last of it, in seconds since 1970; `None` where it told nothing.
    students
        Runs of the project that it taught, or that began with its weights.
    problem
        What is wrong with its folder, and what to do; empty where nothing is.
    free_bytes
        Free memory of its device now, while it trains; `None` otherwise, and where nobody knows.
    teachers_px
        Best errors of its teachers on the validation images, by name; those of this project that have one.
    """

    run: RunRecord
    recipe: Recipe | None = None
    settings: tuple[str, ...] | None = None
    data: DataFacts | None = None
    device: str = ""
    precision: str = ""
    events: tuple[Event, ...] = ()
    heard: float | None = None
    students: tuple[str, ...] = ()
    problem: str = ""
    free_bytes: int | None = None
    teachers_px: Mapping[str, float] = field(default_factory=dict)


def describe_run(project_path: Path, name: str) -> Job[RunStory]:
    """Collect what the project and the run's folder say of a run.

    A folder, or a file in it, that is gone or damaged is no error: `RunStory.problem` says so.

    Raises
    ------
    RunError
        If there is no run of that name.
    """
    yield Started(f"Reading {name}", 1)
    with Project.open(project_path, announce=False) as project:
        run, recipe = project.runs.get(name), _recipe_of(project, name)
        students, teachers_px = students_of(project, name), _teachers_px(project, run)
    facts = _run_facts(run.folder)
    data, problem = _data_of(run)
    events, heard = _told(run.folder)
    device = str(facts.get("device", ""))
    free_bytes = _free_bytes(device) if run.status == "running" else None
    yield Advanced(1)
    return RunStory(
        run,
        recipe,
        _settings_of(recipe),
        data,
        device,
        str(facts.get("precision", "")),
        events,
        heard,
        students,
        problem,
        free_bytes,
        teachers_px,
    )


def _free_bytes(device: str) -> int | None:
    """Give the free memory of a device; of another than the processor only where torch is loaded already."""
    if device == "cpu":
        from napari_kdland.engine.main_memory import main_memory

        return main_memory()[0]
    if "torch" not in sys.modules:
        return None
    from napari_kdland.engine import devices

    return devices.free_bytes(device)


def students_of(project: Project, name: str) -> tuple[str, ...]:
    """Give the runs of a project that a run taught, or that began with its weights."""
    return tuple(run.name for run in project.runs.all() if name in (*run.teachers, run.start))


def _teachers_px(project: Project, run: RunRecord) -> dict[str, float]:
    best = {other.name: other.best_error_px for other in project.runs.all() if other.name in run.teachers}
    return {name: error for name, error in best.items() if error is not None}


def _recipe_of(project: Project, name: str) -> Recipe | None:
    try:
        return project.runs.recipe_of(name)
    except KdlandError:  # of a version whose recipes cannot be read any more: the card says what else there is
        return None


def _settings_of(recipe: Recipe | None) -> tuple[str, ...] | None:
    if recipe is None or recipe.name not in ready_made_recipes():
        return None
    return settings_between(load_recipe(recipe.name), recipe)


def _data_of(run: RunRecord) -> tuple[DataFacts | None, str]:
    if run.loss:
        return None, run.loss
    try:
        frozen = FrozenData.read(run.folder)
    except KdlandError as error:
        return None, str(error)
    n_accepted = sum(len(image.accepted) for image in frozen.labelled)
    n_known = sum(image.landmarks.n_known for image in frozen.labelled if image.landmarks is not None)
    counts = (len(frozen.labelled), len(frozen.unlabelled), len(frozen.validation))
    return DataFacts(frozen.sha256, *counts, n_known - n_accepted, n_accepted), ""


def _run_facts(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "run.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not written yet, or damaged: whoever reads the weights says so
        return {}


def _told(folder: Path) -> tuple[tuple[Event, ...], float | None]:
    path = folder / EVENTS_FILE
    try:
        lines, heard = path.read_text(encoding="utf-8", errors="replace").splitlines(), path.stat().st_mtime
    except OSError:
        return (), None
    return tuple(event for line in lines if (event := _event(line)) is not None), heard


def _event(line: str) -> Event | None:
    try:
        return from_json(line)
    except (ValueError, TypeError):  # cut short by a power cut, or of another version
        return None
