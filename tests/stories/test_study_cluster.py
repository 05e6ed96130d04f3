"""A study on a real scheduler with two worker processes, one of which is killed in the middle of a training."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.errors import UsageError
from napari_kdland.jobs.studying import run_study
from napari_kdland.jobs.studying.results import TABLE
from napari_kdland.project import Project, training_lock
from napari_kdland.recipes.study import load_study
from tests.makers import a_project
from tests.stories.processes import ONE_THREAD

pytest.importorskip("distributed")

STUDY = """
name = "cluster"
labels = [2]
seeds = [0, 1]
set = ["input.size=64", "input.sigma_px=4", "training.validate_every=4", "student.backbone=tiny"]

[student]
set = ["training.steps=16"]

[teachers]
set = ["student.backbone=tiny"]
steps = 8

[[recipes]]
recipe = "supervised"

[[recipes]]
recipe = "kd"
"""


@contextmanager
def a_process(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        env=ONE_THREAD,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def a_scheduler(folder: Path) -> Iterator[str]:
    file = folder / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)
    with a_process("distributed.cli.dask_scheduler", *options):
        for _ in range(600):
            if file.exists() and file.stat().st_size:
                break
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]


def a_worker(address: str) -> contextmanager:
    options = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    return a_process("distributed.cli.dask_worker", address, *options)


class Killer:
    """Kills the first worker that has made some steps of a run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.killed = ""

    def __call__(self, _: events.Event) -> None:
        if self.killed:
            return
        with Project.open(self._path, announce=False) as project:
            with project.database.reading() as connection:
                trainers = training_lock.trainers(connection)
            for run, sign in trainers.items():
                if 4 <= project.runs.get(run).steps_done <= 12 and sign.process != os.getpid():
                    os.kill(sign.process, signal.SIGKILL)
                    # A dead child that nobody asks about still counts as a process.
                    os.waitpid(sign.process, 0)
                    self.killed = run
                    return


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_study_survives_the_death_of_a_worker_and_gives_the_table_of_one_process(tmp_path: Path):
    path, alone = a_project(tmp_path / "a"), a_project(tmp_path / "b")
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    kill = Killer(path)

    with a_scheduler(tmp_path) as address, a_worker(address), a_worker(address):
        result = events.run(run_study(path, load_study(file), scheduler=address, device="cpu"), kill)
    events.run(run_study(alone, load_study(file), device="cpu"))

    with Project.open(path) as project:
        runs = {run.name: run.status for run in project.runs.all()}
        assert project.runs.get(kill.killed).steps_done in (8, 16)
    assert kill.killed
    # Two supervised, a teacher, two students.
    assert list(runs.values()) == ["done"] * 5
    assert [len(row.runs) for row in result.blocks[0].rows] == [2, 2, 1, 0]
    tables = [(one / "reports" / "cluster" / TABLE).read_text() for one in (path, alone)]
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_workers_that_do_not_see_the_project_are_named_before_anything_is_trained(tmp_path: Path):
    path = a_project(tmp_path)
    (tmp_path / "study.toml").write_text(STUDY)

    with a_scheduler(tmp_path) as address, a_worker(address):
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(1)
            client.run(_blind)
        with pytest.raises(UsageError, match=r"Workers of tcp://127.0.0.1:\d+ cannot train in .*under the same path"):
            events.run(run_study(path, load_study(tmp_path / "study.toml"), scheduler=address))

    with Project.open(path) as project:
        assert project.runs.all() == []


def _blind() -> None:
    """Make a process find no project anywhere."""
    from napari_kdland.errors import ProjectError
    from napari_kdland.project import Project

    def find_nothing(path: object, **_: object) -> None:
        raise ProjectError(f"{path} is no project.")

    Project.open = find_nothing  # type: ignore[assignment, method-assign]  # in the worker's process only
