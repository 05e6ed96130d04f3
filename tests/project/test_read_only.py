import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_kdland.anatomy import Regions
from napari_kdland.errors import ProjectError
from napari_kdland.project import Project
from tests.project.factories import a_project, add_image, place, x_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are kept differently there")

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter; pytest's own is closed to them."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def locked(folder: Path) -> Iterator[Path]:
    """A project that this user may read and not write; root becomes nobody for it."""
    with a_project(folder, images=1) as project:
        place(project, x=7)
    paths = [project.path, *project.path.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield project.path
    os.seteuid(user)
    for path, mode in modes.items():
        path.chmod(mode)


def test_a_folder_that_may_not_be_written_opens_read_only_and_says_so(locked: Path):
    with Project.open(locked) as project:
        assert project.is_read_only
        assert "open read-only" in project.notes[0]
        assert x_of(project) == 7


def test_every_edit_of_a_read_only_project_is_refused_with_one_message(locked: Path):
    with Project.open(locked) as project:
        for change in (
            lambda: place(project),
            lambda: add_image(project, "new.png"),
            lambda: project.annotations.undo("ada"),
            lambda: project.splits.assign(1, "train"),
            lambda: project.splits.freeze_test(),
            lambda: project.records.relink({}),
            lambda: project.channels.set_many({}),
            lambda: project.masks.save(1, Regions.unknown([], (20, 30)), reader="ada"),
        ):
            with pytest.raises(ProjectError, match=r"is open read-only|has no images"):
                change()


def test_nothing_is_written_beside_a_read_only_project(locked: Path):
    before = sorted(path.name for path in locked.iterdir())

    with Project.open(locked) as project:
        project.records.page()

    assert sorted(path.name for path in locked.iterdir()) == before


def test_a_database_that_may_not_be_written_in_a_folder_that_may_is_read_only(folder: Path):
    with a_project(folder, images=1) as project:
        pass
    project.layout.database_path.chmod(0o444)
    folder.chmod(0o777)
    project.path.chmod(0o777)
    user = os.geteuid()
    os.seteuid(NOBODY if user == 0 else user)

    try:
        with Project.open(project.path) as opened:
            assert opened.is_read_only
    finally:
        os.seteuid(user)


def test_what_another_window_has_just_written_is_read_too(folder: Path):
    with a_project(folder, images=1) as project:
        place(project, x=7)
        project.layout.database_path.chmod(0o444)
        for log in project.path.glob("project.db-*"):
            log.chmod(0o644)
        user = os.geteuid()
        os.seteuid(NOBODY if user == 0 else user)
        try:
            with Project.open(project.path) as opened:
                assert opened.is_read_only
                assert x_of(opened) == 7
        finally:
            os.seteuid(user)


def test_a_full_disk_does_not_make_a_project_read_only(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    a_project(folder).close()
    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    with Project.open(folder / "study.kdland") as project:
        assert not project.is_read_only
