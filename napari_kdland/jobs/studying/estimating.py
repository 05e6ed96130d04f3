"""How long a study will take: a few timed steps of each distinct training, in a copy of the project elsewhere."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_kdland.events import Advanced, Event, Job, Measured, Started
from napari_kdland.jobs.lineage import run_folder
from napari_kdland.jobs.studying.copying import copy_of
from napari_kdland.jobs.studying.planning import Step
from napari_kdland.jobs.studying.working import prepare
from napari_kdland.jobs.training import resume_run
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_kdland.jobs.freezing import FrozenData
    from napari_kdland.jobs.studying.planning import Planner
    from napari_kdland.jobs.studying.subsets import Subsets
    from napari_kdland.recipes import Recipe

# The first steps are slow. On a GPU only the reading of losses waits for what was asked of it, every ten steps.
_STEPS = {"cpu": (2, 6)}
_STEPS_ON_GPU = (10, 20)
_N_VALIDATION = 8


@dataclass(frozen=True)
class Pace:
    """Seconds that one step takes, the validation of one image, and asking the teacher of one before the first step."""

    step_s: float
    validation_s: float
    asking_s: float

    def seconds(self, recipe: Recipe, data: FrozenData) -> float:
        """Estimate a whole training."""
        part = recipe.training
        validating = -(-part.steps // part.validate_every) * len(data.validation) * self.validation_s
        asking = (len(data.labelled) + len(data.unlabelled)) * self.asking_s
        return part.rounds * (part.steps * self.step_s + validating + asking)


class Stopwatch:
    """Times trainings in a copy of a project; each distinct one once.

    Made by `stopwatch`.
    """

    def __init__(self, project: Project, copy: Path, planner: Planner, subsets: Subsets, device: str) -> None:
        self._project = project
        self._copy = copy
        self._planner = planner
        self._subsets = subsets
        self._device = device
        self._paces: dict[str, Pace] = {}
        self._teachers: dict[str, str] = {}

    def pace_of(self, step: Step) -> Job[Pace]:
        """Time a few steps of a run; at once where one like it was timed."""
        first, last = marks_on(self._device)
        brief = shortened(step.recipe, last)
        key = json.dumps(brief.model_dump(mode="json"), sort_keys=True)
        if key not in self._paces:
            data = self._subsets.data(step.cell, step.recipe)
            n_unlabelled = brief.training.unlabelled_batch
            few = replace(data, unlabelled=data.unlabelled[:n_unlabelled], validation=data.validation[:_N_VALIDATION])
            teachers = []
            for name in step.teachers:
                teachers.append((yield from self._teacher(name, few)))
            run = Step(f"timed-{len(self._paces)}", step.kind, brief, step.cell, step.seed, tuple(teachers))
            begun = self._prepared(run, few)
            self._paces[key] = yield from timed(begun, few, first, last)
        return self._paces[key]

    def _teacher(self, name: str, data: FrozenData) -> Job[str]:
        """Give a run folder like that of a teacher; what it has learnt does not matter here."""
        if name not in self._planner.steps:
            return str(run_folder(self._project, name))
        step = self._planner.steps[name]
        recipe = shortened(step.recipe, 1)
        key = json.dumps(recipe.model_dump(mode="json"), sort_keys=True)
        if key not in self._teachers:
            teachers = []
            for other in step.teachers:
                teachers.append((yield from self._teacher(other, data)))
            run = Step(f"teacher-{len(self._teachers)}", step.kind, recipe, step.cell, step.seed, tuple(teachers))
            for event in self._prepared(run, data):
                yield Advanced(0, f"{name}: {type(event).__name__}")
            self._teachers[key] = run.name
        return self._teachers[key]

    def _prepared(self, run: Step, data: FrozenData) -> Job[object]:
        with Project.open(self._copy, announce=False) as copy:
            prepare(copy, run, data)
        return resume_run(self._copy, run.name, device=self._device)


@contextmanager
def stopwatch(project: Project, planner: Planner, subsets: Subsets, device: str) -> Iterator[Stopwatch]:
    """Give a stopwatch; nothing of what it does touches the project."""
    with copy_of(project) as folder:
        yield Stopwatch(project, folder, planner, subsets, device)


def marks_on(device: str) -> tuple[int, int]:
    """Give the steps between which a training on a device is timed."""
    from napari_kdland.engine import devices

    return _STEPS.get(devices.choose(device).type, _STEPS_ON_GPU)


def shortened(recipe: Recipe, steps: int) -> Recipe:
    """Give a recipe of as costly steps, but few."""
    training = recipe.training.model_copy(update={"steps": steps, "validate_every": steps, "rounds": 1})
    student = recipe.student.model_copy(update={"start": "fresh"})
    return recipe.model_copy(update={"training": training, "student": student})


def timed(job: Job[object], data: FrozenData, first: int, last: int) -> Job[Pace]:
    """Follow a training of `last` steps and read the clock where its parts begin and end."""
    clock = _Clock(first, last)
    try:
        for event in job:
            clock.see(event)
            yield Advanced(0, "timing a training")
    finally:
        job.close()
    step_s = clock.between("first", "last") / (last - first)
    n_asked, n_validated = len(data.labelled) + len(data.unlabelled), max(1, len(data.validation))
    return Pace(step_s, clock.between("last", "validated") / n_validated, clock.between("asked", "answered") / n_asked)


class _Clock:
    """When the parts of a training began and ended."""

    def __init__(self, first: int, last: int) -> None:
        self._marks = {first: "first", last: "last"}
        self._times: dict[str, float] = {}
        self._title = ""

    def between(self, begin: str, end: str) -> float:
        """Give the seconds of a part; 0 where there was none."""
        return self._times[end] - self._times[begin] if {begin, end} <= set(self._times) else 0.0

    def see(self, event: Event) -> None:
        """Look at the clock."""
        if isinstance(event, Started):
            self._title = event.title
        mark = self._mark(event)
        if mark:
            self._times[mark] = time.perf_counter()

    def _mark(self, event: Event) -> str:
        if self._title.startswith("Asking"):
            return "asked" if isinstance(event, Started) else "answered"
        if not self._title.startswith("Training"):
            return ""
        if isinstance(event, Advanced) and event.message:
            return "validated"
        # Losses are read after the step that they are of, and only then is a GPU known to have made it.
        step = event.done if isinstance(event, Advanced) else event.step if isinstance(event, Measured) else 0
        return "" if "validated" in self._times else self._marks.get(step, "")
