"""Tests of napari_kdland.jobs.studying.listing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.jobs.studying import StudyPlan, listing, plan_study
from napari_kdland.jobs.studying.estimating import Pace
from napari_kdland.project import Project
from napari_kdland.recipes.study import Study
from tests.jobs.studying.factories import PretendedCrew, a_conductor, a_study, a_tuned_study
from tests.makers import a_project


class AWatch:
    def pace_of(self, _: object) -> events.Job[Pace]:
        yield events.Advanced(0)
        return Pace(2.0, 0.0, 0.0)


@pytest.fixture(autouse=True)
def _untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def stopwatch(*_: object) -> Iterator[AWatch]:
        yield AWatch()

    monkeypatch.setattr(listing, "stopwatch", stopwatch)


def the_plan(path: Path, study: Study) -> StudyPlan:
    return events.run(plan_study(path, study, device="cpu"))


def test_every_run_is_listed_once_with_its_teachers_and_what_it_takes(tmp_path: Path):
    plan = the_plan(a_project(tmp_path), a_study("supervised", "kd", "continued"))

    names = [run.name for run in plan.runs]
    assert len(set(names)) == len(names) == 7
    kd = next(run for run in plan.runs if run.name.startswith("kd-k2-s1"))
    assert (kd.kind, kd.backbone, kd.steps, kd.seconds, kd.is_done) == ("student", "tiny", 4, 8.0, False)
    assert [name.rsplit("-", 1)[0] for name in kd.teachers] == ["teacher-k2-s100"]
    assert plan.runs[-1].start == names[1]
    # Six students of four steps, a teacher of two.
    assert plan.seconds == 2.0 * (6 * 4 + 2)


def test_runs_that_wait_for_a_search_are_listed_too(tmp_path: Path):
    plan = the_plan(a_project(tmp_path), a_tuned_study())

    names = [run.name for run in plan.runs]
    assert [name.rsplit("-", 1)[0] for name in names] == [
        "teacher-k2-s100",
        "kd-k2-s1000",
        "kd-k2-s1000-trial-2",
        "kd-k2-s1000-trial-3",
        "kd-k2-s0",
        "kd-k2-s1",
    ]
    assert [run.kind for run in plan.runs] == ["teacher", "trial", "trial", "trial", "student", "student"]
    assert {run.teachers for run in plan.runs[1:]} == {(names[0],)}


def test_what_is_done_is_listed_as_done_and_takes_no_time(tmp_path: Path):
    path = a_project(tmp_path)
    with Project.open(path) as project, project.runs.study_lock("small") as lock:
        events.run(a_conductor(project, a_study("supervised")).train(lock, PretendedCrew(project)))

    plan = the_plan(path, a_study("supervised", "kd"))

    assert [run.is_done for run in plan.runs] == [True, True, False, False, False]
    assert [run.seconds for run in plan.runs] == [None, None, 4.0, 8.0, 8.0]


def test_a_plan_trains_nothing_and_says_what_is_unequal(tmp_path: Path):
    path = a_project(tmp_path)

    plan = the_plan(path, a_tuned_study("supervised"))

    with Project.open(path) as project:
        assert project.runs.all() == []
    assert plan.notes == ("Not tuned, but compared with recipes that are: supervised.",)
