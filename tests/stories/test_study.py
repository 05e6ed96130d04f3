"""A study from its file to its table: killed in the middle, gone on with, and made a second time elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.jobs.studying.results import RESULTS, TABLE
from napari_kdland.project import Project
from tests.makers import a_project
from tests.stories.processes import ONE_THREAD

STUDY = """
name = "story"
labels = [2]
seeds = [0, 1]
set = ["input.size=64", "input.sigma_px=4", "training.validate_every=4", "student.backbone=tiny"]

[student]
set = ["training.steps=16"]

[teachers]
set = ["student.backbone=tiny"]
steps = 8

[tuning]
trials = 2

[[recipes]]
recipe = "supervised"

[[recipes]]
recipe = "continued"

[[recipes]]
recipe = "kd"
search = { "terms.0.weight" = { range = [0.5, 2.0] } }
"""


def command(path: Path, file: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "napari_kdland", "study", str(path), str(file), "--device", "cpu", *options]


def studied(path: Path, file: Path, *options: str) -> str:
    done = CliRunner().invoke(app, command(path, file, *options)[3:])
    assert done.exit_code == 0, done.output
    return done.stdout


def kill_in_the_middle(path: Path, file: Path) -> dict[str, str]:
    """Begin a study and kill it while its third run trains; gives the states of the runs then."""
    with subprocess.Popen(command(path, file), env=ONE_THREAD, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with Project.open(path, announce=False) as project:
                runs = project.runs.all()
                if sum(run.status == "done" for run in runs) == 2 and any(run.steps_done in (4, 8) for run in runs):
                    os.kill(process.pid, signal.SIGKILL)
                    break
            time.sleep(0.05)
    with Project.open(path, announce=False) as project:
        return {run.name: run.status for run in project.runs.all()}


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_study_that_was_killed_goes_on_and_gives_the_table_of_one_that_was_not(tmp_path: Path):
    broken, whole = a_project(tmp_path / "a"), a_project(tmp_path / "b")
    file = tmp_path / "story.toml"
    file.write_text(STUDY)

    states = kill_in_the_middle(broken, file)
    result = json.loads(studied(broken, file, "--json"))
    text = studied(whole, file)
    again = studied(broken, file)

    assert sorted(states.values()).count("stopped") == 1
    assert sorted(states.values()).count("done") == 2
    # Six students, two of them begun from two others, a teacher, two trials.
    with Project.open(broken) as project:
        assert [run.status for run in project.runs.all()] == ["done"] * 9
        assert project.splits.is_test_frozen
    assert result["failed"] == {}
    assert [row["name"] for row in result["blocks"][0]["rows"]] == [
        "supervised",
        "continued",
        "kd",
        "teachers",
        "mean shape",
    ]
    tables = [(one / "reports" / "story" / TABLE).read_text() for one in (broken, whole)]
    assert tables[0] == tables[1]
    assert text.splitlines()[:9] == again.splitlines()[:9]
    assert {"study.toml", "tuning.json", "runs.csv", RESULTS} <= {
        one.name for one in (broken / "reports" / "story").iterdir()
    }
