from pathlib import Path

import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import NewerProject, ProjectError
from napari_kdland.project import Project
from napari_kdland.project.tables import SCHEMA_VERSION
from tests.project.factories import a_project, a_scheme, place, x_of


def test_a_new_project_has_the_ending_and_every_folder(tmp_path: Path):
    with Project.create(tmp_path / "study", a_scheme()) as project:
        found = {path.name for path in project.path.iterdir()}

        assert project.path == tmp_path / "study.kdland"
        assert project.name == "study"
        assert found >= {"project.toml", "project.db", "cache", "runs", "reports"}


def test_an_opened_project_has_the_name_and_scheme_that_it_was_made_with(tmp_path: Path):
    Project.create(tmp_path / "a.kdland", load_scheme("chest-10"), "Lungs of Łódź").close()

    with Project.open(tmp_path / "a.kdland") as project:
        assert project.name == "Lungs of Łódź"
        assert project.scheme == load_scheme("chest-10")
        assert project.notes == ()
        assert not project.is_read_only


def test_a_project_is_opened_by_its_manifest_too(tmp_path: Path):
    a_project(tmp_path).close()

    with Project.open(tmp_path / "study.kdland" / "project.toml") as project:
        assert project.path == tmp_path / "study.kdland"


def test_an_existing_project_is_not_written_over(tmp_path: Path):
    a_project(tmp_path).close()

    with pytest.raises(ProjectError, match=r"study\.kdland exists already and is not empty"):
        Project.create(tmp_path / "study", a_scheme())


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_project_without_a_name_is_called_like_its_folder(tmp_path: Path, name: str | None):
    with Project.create(tmp_path / "study", a_scheme(), name) as project:
        assert project.name == "study"


def test_a_project_that_could_not_be_finished_leaves_nothing_and_may_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise ProjectError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("napari_kdland.project.project.write_manifest", full)
        with pytest.raises(ProjectError, match="the disk is full"):
            a_project(tmp_path)

    a_project(tmp_path).close()


def test_an_empty_folder_may_become_a_project(tmp_path: Path):
    (tmp_path / "study.kdland").mkdir()

    with Project.create(tmp_path / "study.kdland", a_scheme()) as project:
        assert project.records.count() == 0


def test_a_project_below_a_file_cannot_be_made(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(ProjectError, match=r"Cannot make .*study\.kdland: Not a directory"):
        Project.create(tmp_path / "file" / "study.kdland", a_scheme())


def test_a_folder_that_is_not_there_is_no_project(tmp_path: Path):
    with pytest.raises(ProjectError, match=r"There is no project .*gone\.kdland.*kdland new"):
        Project.open(tmp_path / "gone.kdland")


def test_a_folder_of_images_is_no_project(tmp_path: Path):
    with pytest.raises(ProjectError, match=r"is not a project: it has no project\.toml"):
        Project.open(tmp_path)


def test_a_file_is_no_project(tmp_path: Path):
    (tmp_path / "image.dcm").touch()

    with pytest.raises(ProjectError, match=r"image\.dcm is a file, not a project"):
        Project.open(tmp_path / "image.dcm")


def test_a_project_without_its_database_says_so(tmp_path: Path):
    a_project(tmp_path).close()
    (tmp_path / "study.kdland" / "project.db").unlink()

    with pytest.raises(ProjectError, match=r"has no project\.db"):
        Project.open(tmp_path / "study.kdland")


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100])
def test_a_damaged_database_says_so_and_names_the_backups(tmp_path: Path, content: bytes):
    a_project(tmp_path).close()
    (tmp_path / "study.kdland" / "project.db").write_bytes(content)

    with pytest.raises(ProjectError, match=r"project\.db.* damaged: .*backups"):
        Project.open(tmp_path / "study.kdland")


def test_a_database_with_a_torn_page_says_that_it_is_damaged(tmp_path: Path):
    a_project(tmp_path, images=30).close()
    path = tmp_path / "study.kdland" / "project.db"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)

    with pytest.raises(ProjectError, match="it is damaged"):
        Project.open(tmp_path / "study.kdland")


def test_a_project_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path):
    a_project(tmp_path).close()
    path = tmp_path / "study.kdland" / "project.toml"
    version = f"schema_version = {SCHEMA_VERSION}"
    path.write_text(path.read_text().replace(version, "schema_version = 99\nfuture_key = 1"))
    before = path.read_bytes()

    with pytest.raises(NewerProject, match=r"newer napari-kdland \(schema version 99.*pip install --upgrade"):
        Project.open(tmp_path / "study.kdland")
    assert path.read_bytes() == before


def test_a_database_of_a_newer_program_is_refused_too(tmp_path: Path):
    with a_project(tmp_path) as project, project.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")

    with pytest.raises(NewerProject, match="schema version 99"):
        Project.open(tmp_path / "study.kdland")


def test_what_is_placed_is_there_after_opening_again(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=7.25)

    with Project.open(tmp_path / "study.kdland") as project:
        assert x_of(project) == 7.25


def test_two_openings_both_edit_and_see_each_others_edits(tmp_path: Path):
    with a_project(tmp_path, images=2) as one, Project.open(one.path) as other:
        place(one, 1, x=1, reader="ada")
        place(other, 2, x=2, reader="bob")

        assert (x_of(one, 2), x_of(other, 1)) == (2, 1)


def test_a_project_on_a_network_share_uses_a_rollback_journal_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    a_project(tmp_path, images=1).close()
    monkeypatch.setattr("napari_kdland.project.project.network_filesystem", lambda _: "cifs")

    with Project.open(tmp_path / "study.kdland") as project:
        place(project)

        assert "network share (cifs)" in project.notes[0]
        with project.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert not list(project.path.glob("project.db-wal"))


def test_a_project_made_on_a_network_share_never_has_a_write_ahead_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("napari_kdland.project.project.network_filesystem", lambda _: "nfs4")

    with a_project(tmp_path) as project, project.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


def test_a_project_that_comes_back_from_a_share_uses_the_write_ahead_log_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr("napari_kdland.project.project.network_filesystem", lambda _: "nfs4")
        a_project(tmp_path).close()

    with Project.open(tmp_path / "study.kdland") as project, project.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_closing_twice_does_no_harm(tmp_path: Path):
    project = a_project(tmp_path)

    project.close()
    project.close()


def test_a_closed_project_is_one_file(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project)

    assert [path.name for path in (tmp_path / "study.kdland").glob("project.db*")] == ["project.db"]
