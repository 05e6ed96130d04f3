from pathlib import Path

import pytest
from sqlalchemy import update

from napari_kdland.errors import ProjectBusy
from napari_kdland.project import Project, signs_of_life
from napari_kdland.project.tables import training_lock
from tests.project.factories import a_project, a_run
from tests.project.test_signs_of_life import an_ended_process


def change_lock(project: Project, **values: object) -> None:
    with project.database.writing() as connection:
        connection.execute(update(training_lock).values(**values))


def let_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = signs_of_life.moment() + seconds
    for module in ("signs_of_life", "training_lock"):
        monkeypatch.setattr(f"napari_kdland.project.{module}.moment", lambda: later)


def test_a_second_training_is_refused_and_told_who_trains_and_how_long_ago(tmp_path: Path):
    with (
        a_project(tmp_path) as project,
        Project.open(project.path, announce=False) as other,
        project.runs.training_lock("kd-k10-s0"),
        pytest.raises(ProjectBusy, match=r"kd-k10-s0 is training in .*last sign of life \d+ s ago"),
        other.runs.training_lock("kd-k10-s1"),
    ):
        pass


def test_the_queue_is_free_after_a_training_and_after_one_that_failed(tmp_path: Path):
    with a_project(tmp_path) as project:
        with pytest.raises(ZeroDivisionError), project.runs.training_lock("a"):
            raise ZeroDivisionError

        with project.runs.training_lock("b"):
            assert project.runs.training_owner() == "b"
        assert project.runs.training_owner() is None


def test_the_lock_of_a_process_that_ended_is_free_at_once(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.training_lock("dead"):
        change_lock(project, process=an_ended_process())

        with project.runs.training_lock("alive"):
            assert project.runs.training_owner() == "alive"


@pytest.mark.parametrize(("seconds", "is_free"), [(50, False), (70, True)])
def test_a_silent_lock_is_free_after_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, is_free: bool
):
    with a_project(tmp_path) as project, project.runs.training_lock("silent"):
        let_pass(monkeypatch, seconds)

        assert (project.runs.training_owner() is None) == is_free


def test_a_heartbeat_keeps_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.training_lock("long") as lock:
        for _ in range(3):
            let_pass(monkeypatch, 50)
            lock.heartbeat()

        assert project.runs.training_owner() == "long"


def test_a_training_that_slept_and_lost_its_lock_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.training_lock("asleep") as lock:
        let_pass(monkeypatch, 100)
        with project.runs.training_lock("awake"):
            with pytest.raises(ProjectBusy, match="asleep gave no sign of life for more than 60 s"):
                lock.heartbeat()

            assert project.runs.training_owner() == "awake"


def test_losing_the_lock_does_not_free_that_of_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project:
        with project.runs.training_lock("asleep"):
            let_pass(monkeypatch, 100)
            awake = project.runs.training_lock("awake")
            awake.__enter__()

        assert project.runs.training_owner() == "awake"
        awake.__exit__(None, None, None)


def test_a_run_whose_program_ended_is_found_stopped_on_opening(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project)
        project.runs.update("kd-k10-s0", status="running")

    with Project.open(project.path) as project:
        assert project.runs.get("kd-k10-s0").status == "stopped"
        assert project.notes == ("The program ended while training kd-k10-s0. Resume to go on.",)


def test_a_run_that_trains_in_another_window_is_left_running(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.training_lock("kd-k10-s0"):
        a_run(project)
        project.runs.update("kd-k10-s0", status="running")

        with Project.open(project.path) as other:
            assert other.runs.get("kd-k10-s0").status == "running"
