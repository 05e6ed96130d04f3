"""Tests of napari_kdland.cli.study: the command as a person types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.errors import UsageError
from napari_kdland.events import Job, Started
from napari_kdland.jobs import studying
from napari_kdland.jobs.studying import PlannedRun, StudyPlan
from tests.jobs.studying.factories import SMALL
from tests.jobs.studying.test_results import a_result
from tests.makers import a_project

A_RUN = PlannedRun(
    name="kd-k10-s0-01234567",
    kind="student",
    recipe="kd",
    backbone="light",
    labels=10,
    draw="label_rank",
    seed=0,
    steps=600,
    teachers=("teacher-k10-s100-89abcdef",),
    start="",
    is_done=False,
    seconds=6000.0,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(f'{SMALL}[[recipes]]\nrecipe = "supervised"\n')
    return path


def told(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["study", *map(str, words)])
    return result.exit_code, result.stdout


def pretend(monkeypatch: pytest.MonkeyPatch, name: str, result: object) -> list[dict]:
    """Answer a job at once; gives what it was asked."""
    asked: list[dict] = []

    def job(*_: object, **given: object) -> Job[object]:
        asked.append(given)
        yield Started("Study")
        return result

    monkeypatch.setattr(studying, name, job)
    return asked


def test_a_dry_run_shows_every_run_its_teachers_and_an_estimate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path
):
    pretend(monkeypatch, "plan_study", StudyPlan("small", (A_RUN,), ("Not tuned.",)))

    code, text = told(tmp_path, file, "--dry-run")

    assert code == 0
    words = " ".join(text.split())
    assert "kd-k10-s0-01234567 student kd, light, 600 steps about 1 h 40 min taught by teacher-k10-s100-89abc" in words
    assert "1 runs, 0 done. The others take about 1 h 40 min" in words
    assert "an estimate" in words
    assert "Not tuned." in words


def test_a_dry_run_as_json_holds_the_plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path):
    pretend(monkeypatch, "plan_study", StudyPlan("small", (A_RUN,)))

    _, text = told(tmp_path, file, "--dry-run", "--json")

    values = json.loads(text)
    assert values["seconds"] == 6000.0
    assert values["runs"][0]["teachers"] == ["teacher-k10-s100-89abcdef"]


def test_a_study_prints_its_tables_and_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path):
    asked = pretend(monkeypatch, "run_study", a_result(failed={}))

    words = ("--scheduler", "tcp://127.0.0.1:8786", "--report", "--no-pictures", "--device", "cpu")
    code, text = told(tmp_path, file, *words)

    assert code == 0
    (given,) = asked
    assert given == {
        "device": "cpu",
        "scheduler": "tcp://127.0.0.1:8786",
        "report": True,
        "index_sources": [],
        "pictures": False,
    }
    assert "12.50 (0.50)" in text
    assert str(tmp_path / "reports" / "small") in text


def test_a_study_with_a_run_that_failed_exits_with_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path):
    pretend(monkeypatch, "run_study", a_result())

    code, text = told(tmp_path, file, "--json")

    assert code == 2
    assert json.loads(text)["failed"] == {"kd-1": "The disk is full."}


def test_a_mistake_in_a_study_is_one_line_and_exit_code_2(tmp_path: Path):
    file = tmp_path / "small.toml"
    file.write_text(f'{SMALL}[[recipes]]\nrecipe = "kd"\nset = ["training.stepz=3"]\n')

    command = [sys.executable, "-m", "napari_kdland", "study", str(a_project(tmp_path)), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "training.stepz is not a key" in done.stderr


@pytest.mark.parametrize("words", [("--index-values", "ratio=a.csv:ctr"), ("--no-pictures",)])
def test_what_is_for_the_pages_is_refused_without_them(tmp_path: Path, file: Path, words: tuple[str, ...]):
    result = CliRunner().invoke(app, ["study", str(a_project(tmp_path)), str(file), *words])

    assert isinstance(result.exception, UsageError)
    assert "Give --report too" in str(result.exception)
