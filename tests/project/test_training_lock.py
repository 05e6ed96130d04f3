from pathlib import Path

import pytest
from sqlalchemy import update

from napari_kdland.errors import ProjectBusy, ProjectError, RunError
from napari_kdland.project import Project, signs_of_life
from napari_kdland.project.tables import training_lock
from napari_kdland.project.training_lock import TrainingLock
from napari_kdland.recipes import load_recipe
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


def test_a_training_that_is_paused_is_kept_alive_by_its_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.training_lock("held", "cpu"):
        with project.runs.training_lock("beside", "cuda:0"):
            for minute in (1, 2):
                let_pass(monkeypatch, 59)
                for run in ("held", "beside", "nobody"):
                    project.runs.keep_alive(run)
                assert project.runs.training_now() == ("beside", "held"), minute

        assert project.runs.training_now() == ("held",)


def test_a_lock_that_a_full_disk_keeps_from_being_given_back_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with a_project(tmp_path) as project:
        for name in ("full", "next"):
            project.runs.create(name, recipe=load_recipe("supervised"))
        monkeypatch.setattr(TrainingLock, "release", the_disk_is_full)

        with project.runs.training_lock("full"):
            project.runs.update("full", status="running")

        assert project.runs.training_now() == ()
        assert project.runs.recover() == ["full"]
        with project.runs.training_lock("next"):
            assert project.runs.training_now() == ("next",)


def the_disk_is_full(_lock: TrainingLock) -> None:
    raise ProjectError("the disk is full")


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


def test_the_runs_of_a_study_train_beside_each_other(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        for run in ("kd", "supervised"):
            study.admit(run)

        with (
            project.runs.training_lock("kd"),
            Project.open(project.path, announce=False) as other,
            other.runs.training_lock("supervised"),
        ):
            assert project.runs.training_now() == ("kd", "supervised")


def test_a_run_of_a_study_is_trained_by_one_process_at_a_time(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")

        with (
            project.runs.training_lock("kd"),
            pytest.raises(ProjectBusy, match=r"kd is training in .*one process trains a run at a time"),
            project.runs.training_lock("kd"),
        ):
            pass


def test_during_a_study_other_runs_and_other_studies_have_to_wait(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest"):
        with pytest.raises(ProjectBusy, match="the study chest is training in"), project.runs.training_lock("mine"):
            pass
        with pytest.raises(ProjectBusy, match="the study chest is training in"), project.runs.study_lock("chest"):
            pass


def test_a_study_does_not_begin_while_a_run_trains(tmp_path: Path):
    with (
        a_project(tmp_path) as project,
        project.runs.training_lock("mine"),
        pytest.raises(ProjectBusy, match="mine is training in"),
        project.runs.study_lock("chest"),
    ):
        pass


def test_a_run_is_admitted_for_as_long_as_its_study_lasts(tmp_path: Path):
    with a_project(tmp_path) as project:
        with project.runs.study_lock("chest") as study:
            assert not project.runs.is_admitted("kd")
            study.admit("kd")
            assert project.runs.is_admitted("kd")

        assert not project.runs.is_admitted("kd")


def test_a_run_whose_study_died_is_no_longer_admitted_but_keeps_others_waiting(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        with project.runs.training_lock("kd"):
            change_lock(project, process=an_ended_process())

            assert not project.runs.is_admitted("kd")
            with pytest.raises(ProjectBusy, match="kd is training in"), project.runs.training_lock("mine"):
                pass


def test_a_study_that_is_begun_again_finds_its_run_still_training(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        with project.runs.training_lock("kd") as run:
            change_lock(project, process=an_ended_process())

            with project.runs.study_lock("chest") as again:
                again.admit("kd")

                assert project.runs.training_now() == ("kd",)
                assert project.runs.is_admitted("kd")
                run.heartbeat()


def test_the_place_of_a_process_that_ended_is_free_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        process = an_ended_process()
        with monkeypatch.context() as patch:
            dead = signs_of_life.Sign(signs_of_life.own_sign().host, process, signs_of_life.moment())
            patch.setattr("napari_kdland.project.training_lock.own_sign", lambda: dead)
            project.runs.training_lock("kd").__enter__()

        with project.runs.training_lock("kd"):
            assert project.runs.training_now() == ("kd",)


def test_a_run_that_slept_and_lost_its_place_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        with project.runs.training_lock("kd") as asleep:
            let_pass(monkeypatch, 50)
            study.heartbeat()
            let_pass(monkeypatch, 40)
            with project.runs.training_lock("kd"), pytest.raises(ProjectBusy, match="kd gave no sign of life"):
                asleep.heartbeat()


def test_a_heartbeat_keeps_the_place_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        with project.runs.training_lock("kd") as run:
            for _ in range(3):
                let_pass(monkeypatch, 50)
                study.heartbeat()
                run.heartbeat()

            assert project.runs.training_now() == ("kd",)


def test_a_run_of_a_study_whose_process_died_is_found_stopped_while_the_study_goes_on(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        a_run(project)
        study.admit("kd-k10-s0")
        project.runs.update("kd-k10-s0", status="running")

        with Project.open(project.path, announce=False) as other:
            assert other.runs.get("kd-k10-s0").status == "stopped"


def test_a_run_that_trains_in_a_study_is_neither_renamed_nor_deleted(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        a_run(project)
        study.admit("kd-k10-s0")

        with project.runs.training_lock("kd-k10-s0"), pytest.raises(RunError, match="Stop it first"):
            project.runs.delete("kd-k10-s0")


def test_a_copy_of_a_project_may_forget_who_trains(tmp_path: Path):
    with a_project(tmp_path) as project, project.runs.study_lock("chest") as study:
        study.admit("kd")
        with project.runs.training_lock("kd"):
            project.runs.forget_trainings()

            assert project.runs.training_now() == ()
            with project.runs.training_lock("mine"):
                assert project.runs.training_now() == ("mine",)


def test_two_runs_train_beside_each_other_on_different_devices_and_none_on_the_same(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        runs = project.runs
        with runs.training_lock("a", "cuda:0"), runs.training_lock("b", "cuda:1"):
            assert set(runs.training_now()) == {"a", "b"}
            for device, rival in (("cuda:0", "a"), ("cuda:1", "b")):
                with pytest.raises(ProjectBusy, match=f"{rival} is training .* and {device} trains one run"):
                    runs.training_lock("c", device).__enter__()
            with runs.training_lock("c", "cpu"):
                assert [runs.training_on(device) for device in ("cuda:0", "cuda:1", "cpu", "mps")] == [
                    "a",
                    "b",
                    "c",
                    "",
                ]

        assert runs.training_now() == ()


def test_during_a_study_its_runs_are_waited_for_on_every_device(tmp_path: Path):
    with a_project(tmp_path, images=1) as project, project.runs.study_lock("matrix") as study:
        study.admit("kd")
        with project.runs.training_lock("kd", "cuda:0"):
            assert project.runs.training_on("cuda:1") == "kd"


def test_a_run_whose_device_is_not_known_trains_alone(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        with project.runs.training_lock("a"), pytest.raises(ProjectBusy, match="a is training"):
            project.runs.training_lock("b", "cuda:1").__enter__()
        with project.runs.training_lock("a", "cuda:0"):
            assert project.runs.training_on("auto") == "a"
            with pytest.raises(ProjectBusy, match="a is training"):
                project.runs.training_lock("b").__enter__()


def test_when_the_first_run_ends_its_device_is_free_and_the_other_stays_taken(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        runs = project.runs
        first = runs.training_lock("a", "cuda:0")
        first.__enter__()
        with runs.training_lock("b", "cuda:1"):
            first.__exit__(None, None, None)

            with runs.training_lock("c", "cuda:0"), pytest.raises(ProjectBusy, match="b is training"):
                runs.training_lock("d", "cuda:1").__enter__()


def test_a_study_waits_for_every_run_whatever_its_device(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        first = project.runs.training_lock("a", "cuda:0")
        first.__enter__()
        with project.runs.training_lock("b", "cuda:1"):
            first.__exit__(None, None, None)

            with pytest.raises(ProjectBusy, match="b is training"):
                project.runs.study_lock("matrix").__enter__()


def test_a_run_is_trained_by_one_process_at_a_time_on_whatever_device(tmp_path: Path):
    with (
        a_project(tmp_path, images=1) as project,
        project.runs.training_lock("a", "cuda:0"),
        pytest.raises(ProjectBusy, match="one process trains a run at a time"),
    ):
        project.runs.training_lock("a", "cuda:1").__enter__()


def test_a_run_that_slept_beside_another_and_lost_its_device_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (
        a_project(tmp_path, images=1) as project,
        project.runs.training_lock("a", "cuda:0"),
        project.runs.training_lock("b", "cuda:1") as sleeper,
    ):
        let_pass(monkeypatch, 61)
        with project.runs.training_lock("c", "cuda:1"), pytest.raises(ProjectBusy, match="b gave no sign of life"):
            sleeper.heartbeat()
