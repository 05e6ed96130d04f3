"""Two programs on one project at the same time: no edit of either is lost."""

import subprocess
import sys
from pathlib import Path

from napari_kdland.project import Project
from tests.project.factories import a_project

EDIT_IN_A_LOOP = """
import sys
from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Project

with Project.open(sys.argv[1]) as project:
    for number in range(20):
        project.annotations.edit(1, "apex", LandmarkState.PLACED, (5.0, float(number)), reader=sys.argv[2])
    project.annotations.undo(sys.argv[2])
"""


def test_two_programs_that_edit_at_the_same_time_lose_no_edit(tmp_path: Path):
    a_project(tmp_path, images=1).close()
    path = str(tmp_path / "study.kdland")

    programs = [subprocess.Popen([sys.executable, "-c", EDIT_IN_A_LOOP, path, reader]) for reader in ("ada", "bob")]
    assert [program.wait(timeout=60) for program in programs] == [0, 0]

    with Project.open(path) as project:
        kinds = [(edit.reader, edit.kind) for edit in project.annotations.edits_of(1)]
        assert kinds.count(("ada", "edit")) == kinds.count(("bob", "edit")) == 20
        assert [float(project.annotations.current(1, reader=who)["apex"][1]) for who in ("ada", "bob")] == [18, 18]
        assert project.annotations.replay() == project.annotations.standing()
