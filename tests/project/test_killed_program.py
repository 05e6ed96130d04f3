"""What the screen showed as saved is there after the program was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from napari_kdland.project import Project
from tests.project.factories import a_project, add_image, x_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")

PLACE_AND_DIE = """
import os, signal, sys
from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Project

project = Project.open(sys.argv[1])
project.annotations.edit(1, "apex", LandmarkState.PLACED, (5.0, 7.25), reader="ada")
{last_act}
os.kill(os.getpid(), signal.SIGKILL)
"""
NOTHING = ""
HALF_AN_EDIT = """
block = project.database.writing()
connection = block.__enter__()
connection.exec_driver_sql("DELETE FROM consensus")
"""
TRAINING = """
project.runs.training_lock("kd-k10-s0").__enter__()
"""


def kill_in(project: Path, last_act: str) -> None:
    code = PLACE_AND_DIE.format(last_act=last_act)
    ended = subprocess.run([sys.executable, "-c", code, str(project)], timeout=60, env=os.environ, check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_placement_survives_the_program_being_killed(tmp_path: Path):
    a_project(tmp_path, images=1).close()
    kill_in(tmp_path / "study.kdland", NOTHING)

    with Project.open(tmp_path / "study.kdland") as project:
        assert project.notes == ()
        assert x_of(project) == 7.25
        assert project.annotations.undo("ada") is not None


def test_a_program_killed_in_the_middle_of_an_edit_leaves_the_project_as_it_was_before_it(tmp_path: Path):
    a_project(tmp_path, images=1).close()
    kill_in(tmp_path / "study.kdland", HALF_AN_EDIT)

    with Project.open(tmp_path / "study.kdland") as project:
        assert x_of(project) == 7.25
        assert project.annotations.replay() == project.annotations.standing()


def test_another_window_goes_on_while_one_is_killed(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        seen = project.annotations.last_edit_id()
        kill_in(project.path, TRAINING)

        assert [edit.point for edit in project.annotations.changes_since(seen)] == [(5, 7.25)]
        add_image(project, "new.png")
        with project.runs.training_lock("other"):
            assert project.runs.training_owner() == "other"
