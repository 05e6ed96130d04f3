"""What a study would do: every run once, what it waits for, and about how long all will take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.events import Advanced, Job, Started
from napari_kdland.jobs.studying.checking import check_plan, check_study, what_is_unequal
from napari_kdland.jobs.studying.conducting import Conductor
from napari_kdland.jobs.studying.estimating import stopwatch
from napari_kdland.jobs.studying.planning import Kind, Step
from napari_kdland.jobs.studying.subsets import Subsets
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_kdland.jobs.studying.subsets import Cell
    from napari_kdland.recipes.study import RecipePart, Study


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan.

    `name` ends in dots where the run's settings are still to be tuned. `seconds` is an estimate; `None` for runs that
    are done.
    """

    name: str
    kind: str
    recipe: str
    backbone: str
    labels: int
    draw: int | str
    seed: int
    steps: int
    teachers: tuple[str, ...]
    start: str
    is_done: bool
    seconds: float | None


@dataclass(frozen=True)
class StudyPlan:
    """Every run of a study, in an order in which they can be trained; `notes` says what to know of them."""

    study: str
    runs: tuple[PlannedRun, ...]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """About how long all that is not done takes, one run after the other on this machine."""
        return sum(run.seconds or 0.0 for run in self.runs)


def plan_study(project_path: Path, study: Study, *, device: str = "auto") -> Job[StudyPlan]:
    """List what a study would train, and estimate how long from a few timed steps of each distinct training.

    Raises
    ------
    KdlandError
        Where `run_study` would refuse the study.
    """
    with Project.open(project_path, announce=False) as project:
        study = check_study(project, study)
        subsets = Subsets(project)
        conductor = Conductor(project, study, subsets)
        check_plan(project, study, conductor.planner, subsets)
        steps = [*conductor.planner.steps.values(), *_still_to_be_tuned(study, conductor)]
        yield Started("Timing a few steps of each training", len(steps))
        runs = []
        with stopwatch(project, conductor.planner, subsets, device) as watch:
            for done, step in enumerate(steps, start=1):
                is_done = step.name in conductor.done
                seconds = None
                if not is_done:
                    pace = yield from watch.pace_of(step)
                    seconds = pace.seconds(step.recipe, subsets.data(step.cell, step.recipe))
                runs.append(_planned(step, is_done=is_done, seconds=seconds))
                yield Advanced(done, step.name)
    return StudyPlan(study.name, tuple(runs), what_is_unequal(study))


def _planned(step: Step, *, is_done: bool, seconds: float | None) -> PlannedRun:
    return PlannedRun(
        name=step.name,
        kind=step.kind.value,
        recipe=step.recipe.name,
        backbone=step.recipe.student.backbone,
        labels=step.cell.labels,
        draw=step.cell.draw,
        seed=step.seed,
        steps=step.recipe.training.steps,
        teachers=step.teachers,
        start=step.start or "",
        is_done=is_done,
        seconds=seconds,
    )


def _still_to_be_tuned(study: Study, conductor: Conductor) -> Iterator[Step]:
    """Give the trials that are not proposed yet, and the students whose settings they will choose."""
    known = {name for name, _ in conductor.students}
    for row in study.recipes:
        if row.name in known or study.tuning is None:
            continue
        cell, tuner = conductor.planner.trial_cell(), conductor.tuners[row.name]
        # The trial that comes next is among the known runs already.
        for number in range(len(tuner.trials) + 1, study.tuning.trials):
            yield _open(study, conductor, row, cell, study.tuning.seed, f"trial-{number + 1}")
        for cell in conductor.planner.cells(row):
            for seed in study.seeds:
                yield _open(study, conductor, row, cell, seed, "")


def _open(study: Study, conductor: Conductor, row: RecipePart, cell: Cell, seed: int, what: str) -> Step:
    recipe = study.recipe_of(row)
    name = "-".join(part for part in (row.name, cell.slug, f"s{seed}", what) if part)
    kind = Kind.TRIAL if what else Kind.STUDENT
    teachers, start = conductor.planner.teachers(recipe, cell), conductor.planner.start(recipe, cell, seed)
    return Step(f"{name}-...", kind, recipe, cell, seed, teachers, start)
