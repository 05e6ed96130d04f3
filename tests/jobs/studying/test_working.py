"""Tests of napari_kdland.jobs.studying.working: who takes a run over, without any training."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.errors import NonFiniteLoss, ProjectBusy, TrainingError
from napari_kdland.jobs.freezing import FrozenData
from napari_kdland.jobs.studying import working
from napari_kdland.jobs.studying.planning import Step
from napari_kdland.jobs.studying.subsets import Subsets
from napari_kdland.jobs.studying.working import TRAINING, Outcome, prepare, work_on
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from tests.jobs.studying.factories import a_conductor, a_study
from tests.makers import a_project, annotate, dots


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(a_project(tmp_path)) as opened:
        yield opened


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pretend to train; gives the runs that were resumed."""
    calls: list[str] = []

    def resume_run(path: Path, run: str, **_: str) -> events.Job[None]:
        calls.append(run)
        yield events.Advanced(1)
        with Project.open(path, announce=False) as project:
            project.runs.update(run, status="done")

    monkeypatch.setattr(working, "resume_run", resume_run)
    monkeypatch.setattr(working, "_WAIT_SECONDS", 0.0)
    return calls


def a_step(project: Project) -> Step:
    return next(iter(a_conductor(project, a_study("supervised")).planner.steps.values()))


def a_prepared_run(project: Project) -> str:
    step = a_step(project)
    return prepare(project, step, Subsets(project).data(step.cell, step.recipe)).name


def test_a_prepared_run_has_its_recipe_and_its_data(project: Project):
    step = a_step(project)

    record = prepare(project, step, Subsets(project).data(step.cell, step.recipe))

    assert (record.name, record.status, record.labels, record.seed) == (step.name, "planned", 2, 0)
    assert load_recipe(record.folder / "recipe.toml") == step.recipe
    assert FrozenData.read(record.folder).hashes == Subsets(project).data(step.cell, step.recipe).hashes


def test_a_run_that_was_half_prepared_is_prepared_again(project: Project):
    record = project.runs.get(a_prepared_run(project))
    (record.folder / "data.json").write_text("[")

    a_prepared_run(project)

    assert len(FrozenData.read(record.folder).labelled) == 2


def test_a_folder_that_a_killed_process_left_is_no_hindrance(project: Project):
    project.layout.run_folder(a_step(project).name).mkdir()

    assert project.runs.get(a_prepared_run(project)).status == "planned"


def test_a_run_that_has_begun_keeps_its_data(project: Project):
    run = a_prepared_run(project)
    project.runs.update(run, status="stopped")
    for record in project.records.page(0, -1, split="train"):
        annotate(project, record.image_id, dots(77))
    before = FrozenData.read(project.runs.get(run).folder)

    step = a_step(project)
    prepare(project, Step(run, step.kind, step.recipe, step.cell, 0), Subsets(project).data(step.cell, step.recipe))

    after = FrozenData.read(project.runs.get(run).folder)
    assert after.labelled[0].landmarks == before.labelled[0].landmarks


def test_an_admitted_run_is_trained_to_its_end(project: Project, resumed: list[str]):
    run = a_prepared_run(project)

    with project.runs.study_lock("small") as study:
        study.admit(run)
        outcome = events.run(work_on(project.path, run, device="cpu"))

    assert outcome == Outcome(run)
    assert resumed == [run]
    assert project.metrics.load(run, TRAINING)["seconds"] >= 0


def test_a_run_that_is_done_is_left_alone(project: Project, resumed: list[str]):
    run = a_prepared_run(project)
    project.runs.update(run, status="done")

    assert events.run(work_on(project.path, run, device="cpu")) == Outcome(run)
    assert resumed == []


def test_nobody_works_for_a_study_that_is_over(project: Project, resumed: list[str]):
    run = a_prepared_run(project)

    outcome = events.run(work_on(project.path, run, device="cpu"))

    assert "study of " in outcome.message
    assert resumed == []


def test_a_run_that_another_process_trains_is_waited_for_and_then_taken_over(project: Project, resumed: list[str]):
    run = a_prepared_run(project)
    with project.runs.study_lock("small") as study:
        study.admit(run)
        other = project.runs.training_lock(run)
        other.__enter__()
        job = work_on(project.path, run, device="cpu")

        waiting = [next(job), next(job)]
        other.__exit__(None, None, None)
        events.run(job)

    assert [event.message for event in waiting] == [f"{run} is trained by another process"] * 2
    assert resumed == [run]


@pytest.mark.usefixtures("resumed")
def test_a_run_that_another_process_was_faster_to_take_is_waited_for(project: Project, monkeypatch: pytest.MonkeyPatch):
    run = a_prepared_run(project)
    resume, busy = working.resume_run, iter([True])

    def taken_once(*given: object, **more: object) -> events.Job[None]:
        if next(busy, False):
            raise ProjectBusy("taken")
        return resume(*given, **more)

    monkeypatch.setattr(working, "resume_run", taken_once)
    with project.runs.study_lock("small") as study:
        study.admit(run)

        assert events.run(work_on(project.path, run, device="cpu")) == Outcome(run)


def test_a_training_stops_when_its_study_does(project: Project, monkeypatch: pytest.MonkeyPatch):
    closed = []

    def endless(*_: object, **__: object) -> events.Job[None]:
        try:
            while True:
                yield events.Advanced(1)
        finally:
            closed.append(True)

    monkeypatch.setattr(working, "resume_run", endless)
    monkeypatch.setattr(working, "_LOOK_SECONDS", 0.0)
    run = a_prepared_run(project)
    with project.runs.study_lock("small") as study:
        study.admit(run)
        job = work_on(project.path, run, device="cpu")
        next(job)

    outcome = events.run(job)

    assert "not going on any more" in outcome.message
    assert closed == [True]


@pytest.mark.parametrize(
    ("error", "has_diverged"), [(NonFiniteLoss("became nan"), True), (TrainingError("became nan"), False)]
)
def test_a_training_that_fails_says_why(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: Exception, has_diverged: bool
):
    def fails(*_: object, **__: object) -> events.Job[None]:
        yield events.Advanced(1)
        raise error

    monkeypatch.setattr(working, "resume_run", fails)
    run = a_prepared_run(project)
    with project.runs.study_lock("small") as study:
        study.admit(run)

        assert events.run(work_on(project.path, run, device="cpu")) == Outcome(run, "became nan", has_diverged)


def test_a_device_that_is_not_there_is_said(project: Project):
    run = a_prepared_run(project)
    with project.runs.study_lock("small") as study:
        study.admit(run)

        outcome = events.run(work_on(project.path, run, device="abacus"))

    assert "There is no device 'abacus'" in outcome.message
