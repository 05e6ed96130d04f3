"""Tests of napari_kdland.jobs.studying.estimating."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.events import Advanced, Event, Measured, Started
from napari_kdland.jobs.freezing import FrozenData, FrozenImage
from napari_kdland.jobs.studying import estimating
from napari_kdland.jobs.studying.estimating import Pace, stopwatch
from napari_kdland.jobs.studying.planning import Planner
from napari_kdland.jobs.studying.subsets import Subsets
from napari_kdland.project import Project
from tests.jobs.studying.factories import a_study
from tests.makers import a_project, a_tiny_recipe


def some_data(labelled: int, unlabelled: int, validation: int) -> FrozenData:
    return FrozenData(*(tuple(FrozenImage(str(i)) for i in range(n)) for n in (labelled, unlabelled, validation)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows what its only entry says."""
    now = [0.0]
    monkeypatch.setattr(estimating.time, "perf_counter", lambda: now[0])
    return now


def happening(clock: list[float], *moments: tuple[float, Event]) -> Iterator[Event]:
    for moment, event in moments:
        clock[0] = moment
        yield event


def test_a_step_is_timed_between_two_steps_and_validation_after_the_last(clock: list[float]):
    job = happening(
        clock,
        (0.0, Started("Preparing images", 3)),
        (50.0, Advanced(2, "a.png")),
        (60.0, Started("Training Supervised", 6)),
        *((100.0 + step, Advanced(step)) for step in range(1, 7)),
        (110.0, Measured(6, {"loss": 1.0})),
        (113.0, Advanced(6, "validating")),
        (114.0, Advanced(6, "validating")),
        (119.0, Measured(6, {"val_radial_error_px": 1.0})),
    )

    pace = events.run(estimating.timed(job, some_data(2, 2, 8), 2, 6))

    # From 102 to 110, over four steps; from 110 to 114, over eight images.
    assert pace == Pace(2.0, 0.5, 0.0)


def test_asking_the_teacher_before_the_first_step_is_timed_by_image(clock: list[float]):
    job = happening(
        clock,
        (10.0, Started("Asking the teacher", 2)),
        (14.0, Advanced(1, "asking the teacher")),
        (18.0, Advanced(2, "asking the teacher")),
        (20.0, Started("Training Composite", 6)),
        (21.0, Advanced(2)),
        (25.0, Advanced(6)),
    )

    assert events.run(estimating.timed(job, some_data(2, 2, 0), 2, 6)) == Pace(1.0, 0.0, 2.0)


def test_a_whole_training_is_estimated_from_its_parts():
    recipe = a_tiny_recipe("supervised", "training.steps=100", "training.validate_every=30", "training.rounds=1")

    seconds = Pace(0.5, 0.1, 0.01).seconds(recipe, some_data(10, 90, 20))

    # 100 steps, 4 validations of 20 images, 100 images asked about.
    assert seconds == pytest.approx(50 + 8 + 1)


def test_rounds_are_trained_one_after_the_other():
    recipe = a_tiny_recipe("noisy-student", "training.steps=100", "training.rounds=2")

    assert Pace(0.5, 0.0, 0.0).seconds(recipe, some_data(1, 1, 1)) == pytest.approx(100)


def test_a_copy_of_the_project_is_trained_in_and_each_distinct_training_is_timed_once(tmp_path: Path):
    with Project.open(a_project(tmp_path)) as project:
        subsets = Subsets(project)
        planner = Planner(a_study("kd"), subsets)
        (row,) = a_study("kd").recipes
        (first, second) = planner.students(row, planner.cells(row)[0])
        before = sorted(path for path in project.path.rglob("*") if path.is_file())

        with project.runs.study_lock("other"), stopwatch(project, planner, subsets, "cpu") as watch:
            pace = events.run(watch.pace_of(first))
            seen: list[Event] = []
            again = events.run(watch.pace_of(second), seen.append)

        assert pace.step_s > 0
        assert pace.validation_s > 0
        assert again is pace
        assert seen == []
        assert sorted(path for path in project.path.rglob("*") if path.is_file()) == before
        assert project.runs.all() == []


def test_a_training_of_other_batches_is_timed_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimating, "timed", lambda *_: (yield from ()) or Pace(1.0, 0.0, 0.0))
    with Project.open(a_project(tmp_path)) as project:
        subsets = Subsets(project)
        planner = Planner(a_study("supervised"), subsets)
        (row,) = a_study("supervised").recipes
        step = planner.students(row, planner.cells(row)[0])[0]
        wider = replace(step, recipe=a_tiny_recipe("supervised", "training.labelled_batch=3"))

        with stopwatch(project, planner, subsets, "cpu") as watch:
            paces = [events.run(watch.pace_of(one)) for one in (step, wider)]

    assert paces[0] is not paces[1]
