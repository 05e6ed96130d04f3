import shutil
from pathlib import Path

import pytest

from napari_kdland.errors import ProjectError
from napari_kdland.project import Project
from tests.project.factories import a_project, place, x_of


def test_a_backup_opens_as_the_project_that_it_was(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=7)
        copy = project.back_up()
        place(project, x=8)
    shutil.copy(copy, project.layout.database_path)

    with Project.open(project.path) as restored:
        assert x_of(restored) == 7


def test_backups_are_named_by_their_time_and_never_collide(tmp_path: Path):
    with a_project(tmp_path) as project:
        copies = {project.back_up() for _ in range(5)}

    assert len(copies) == 5
    assert all(copy.parent == project.layout.backups_folder for copy in copies)


def test_a_backup_goes_where_it_is_asked_to(tmp_path: Path):
    with a_project(tmp_path) as project:
        assert project.back_up(tmp_path / "elsewhere" / "copy.db").is_file()


def test_a_backup_does_not_write_over_a_file(tmp_path: Path):
    (tmp_path / "copy.db").touch()

    with a_project(tmp_path) as project, pytest.raises(ProjectError, match=r"copy\.db exists already"):
        project.back_up(tmp_path / "copy.db")


def test_a_backup_that_cannot_be_written_leaves_nothing_half(tmp_path: Path):
    (tmp_path / "copy.db.part").mkdir()

    with a_project(tmp_path) as project, pytest.raises(ProjectError, match=r"Cannot write the copy .*copy\.db"):
        project.back_up(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_below_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()

    with a_project(tmp_path) as project, pytest.raises(ProjectError, match=r"Cannot write .*copy\.db"):
        project.back_up(tmp_path / "file" / "copy.db")
