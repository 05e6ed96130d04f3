"""Tests of napari_kdland.jobs.studying.conducting: the order of work, without any training."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.jobs.studying.conducting import Conductor
from napari_kdland.jobs.studying.working import Outcome
from napari_kdland.project import Project
from tests.jobs.studying.factories import PretendedCrew, a_conductor, a_study, a_tuned_study
from tests.makers import a_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(a_project(tmp_path)) as opened:
        yield opened


def conducted(project: Project, conductor: Conductor, crew: PretendedCrew) -> list[events.Event]:
    seen: list[events.Event] = []
    with project.runs.study_lock("small") as lock:
        events.run(conductor.train(lock, crew), seen.append)
    return seen


def roots(runs: list[str]) -> list[str]:
    return [run.rsplit("-", 1)[0] for run in runs]


def test_every_run_is_trained_once_teachers_first(project: Project):
    conductor, crew = a_conductor(project, a_study("supervised", "kd")), PretendedCrew(project)

    conducted(project, conductor, crew)

    expected = ["supervised-k2-s0", "supervised-k2-s1", "teacher-k2-s100", "kd-k2-s0", "kd-k2-s1"]
    assert roots(crew.trained) == expected
    assert conductor.is_over


def test_what_is_done_is_not_trained_again(project: Project):
    first, second = PretendedCrew(project), PretendedCrew(project)
    conducted(project, a_conductor(project, a_study("supervised")), first)

    conducted(project, a_conductor(project, a_study("supervised", "kd")), second)

    assert roots(second.trained) == ["teacher-k2-s100", "kd-k2-s0", "kd-k2-s1"]


def test_progress_is_counted_in_runs(project: Project):
    seen = conducted(project, a_conductor(project, a_tuned_study("supervised")), PretendedCrew(project))

    started = [event for event in seen if isinstance(event, events.Started)]
    counts = [event.done for event in seen if isinstance(event, events.Advanced)]
    # Two supervised, a teacher, three trials, two students.
    assert started == [events.Started("Study small", 8)]
    assert counts == sorted(counts)
    assert counts[-1] == 8


def test_other_runs_of_the_project_are_not_counted(project: Project):
    conducted(project, a_conductor(project, a_study("supervised", "kd")), PretendedCrew(project))

    seen = conducted(project, a_conductor(project, a_study("supervised")), PretendedCrew(project))

    (started,) = (event for event in seen if isinstance(event, events.Started))
    assert [event.done for event in seen if isinstance(event, events.Advanced)] == [started.total]


def test_students_of_a_tuned_row_have_the_settings_of_its_best_trial(project: Project):
    scores = iter([9.0, 3.0, 5.0])
    crew = PretendedCrew(project, error_px=lambda run: next(scores) if "s1000" in run else 5.0)
    conductor = a_conductor(project, a_tuned_study())

    conducted(project, conductor, crew)

    best = conductor.tuners["kd"].trials[1].values["terms.0.weight"]
    (steps,) = conductor.students.values()
    assert {step.recipe.terms[0].weight for step in steps} == {best}
    assert roots(crew.trained) == ["teacher-k2-s100", *["kd-k2-s1000"] * 3, "kd-k2-s0", "kd-k2-s1"]


def test_a_study_that_is_begun_again_makes_the_same_trials(project: Project):
    def error_px(run: str) -> float:
        return float(int(run[-8:], 16) % 97)

    whole = PretendedCrew(project, error_px=error_px)
    conducted(project, a_conductor(project, a_tuned_study()), whole)
    for run in (run for run in whole.trained[2:] if "s1000" in run):
        project.runs.delete(run)
    (project.layout.reports_folder / "small" / "tuning.json").unlink()

    again = PretendedCrew(project, error_px=error_px)
    conducted(project, a_conductor(project, a_tuned_study()), again)

    assert again.trained == whole.trained[2:4]


def test_the_runs_that_need_a_failed_one_are_not_begun_and_the_others_are(project: Project):
    crew = PretendedCrew(
        project, says=lambda run: Outcome(run, "The disk is full.") if run.startswith("teacher") else None
    )
    conductor = a_conductor(project, a_study("kd", "supervised"))

    seen = conducted(project, conductor, crew)

    assert roots(crew.trained) == ["supervised-k2-s0", "supervised-k2-s1"]
    assert sorted(roots(list(conductor.failed))) == ["kd-k2-s0", "kd-k2-s1", "teacher-k2-s100"]
    assert all("The disk is full" in message for message in conductor.failed.values())
    assert any(isinstance(event, events.Warned) and "The disk is full" in event.message for event in seen)


def test_a_failed_run_is_tried_again_the_next_time(project: Project):
    study = a_study("supervised")
    conducted(project, a_conductor(project, study), PretendedCrew(project, says=lambda run: Outcome(run, "No.")))

    crew = PretendedCrew(project)
    conducted(project, a_conductor(project, study), crew)

    assert len(crew.trained) == 2


def test_a_trial_that_diverges_is_a_trial_that_lost(project: Project):
    nans = iter(["nan"])
    crew = PretendedCrew(
        project,
        says=lambda run: Outcome(run, said, True) if "s1000" in run and (said := next(nans, "")) else None,
    )
    conductor = a_conductor(project, a_tuned_study())

    conducted(project, conductor, crew)

    assert [trial.message for trial in conductor.tuners["kd"].trials] == ["nan", "", ""]
    assert conductor.failed == {}
    assert conductor.is_over
    assert roots(crew.trained)[-2:] == ["kd-k2-s0", "kd-k2-s1"]


def test_a_trial_that_the_machine_failed_is_made_again(project: Project):
    study = a_tuned_study()
    crew = PretendedCrew(project, says=lambda run: Outcome(run, "No memory.") if "s1000" in run else None)
    conducted(project, a_conductor(project, study), crew)

    crew = PretendedCrew(project)
    conductor = a_conductor(project, study)
    conducted(project, conductor, crew)

    assert [trial.message for trial in conductor.tuners["kd"].trials] == ["", "", ""]
    assert conductor.is_over


def test_runs_are_prepared_with_the_data_of_their_cell(project: Project):
    crew = PretendedCrew(project)

    conducted(project, a_conductor(project, a_study("kd")), crew)

    record = project.runs.get(crew.trained[-1])
    assert (record.labels, record.seed, record.teachers) == (2, 1, (crew.trained[0],))
    assert {"data.json", "recipe.toml"} <= {path.name for path in record.folder.iterdir()}
