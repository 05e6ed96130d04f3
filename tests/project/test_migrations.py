import sqlite3
from pathlib import Path

import pytest

from napari_kdland.errors import ProjectError
from napari_kdland.project import Project, database, migrations
from napari_kdland.project.tables import SCHEMA_VERSION, metadata
from tests.project.factories import a_project, place, x_of


def an_old_project(folder: Path) -> Path:
    a_project(folder).close()
    path = folder / "study.kdland"
    manifest = path / "project.toml"
    manifest.write_text(manifest.read_text().replace(f"schema_version = {SCHEMA_VERSION}", "schema_version = 1"))
    (path / "project.db").unlink()
    connection = sqlite3.connect(path / "project.db")
    connection.executescript((Path(__file__).parent / "schema_1.sql").read_text())
    connection.close()
    return path


def columns_of(project: Project) -> dict[str, set[str]]:
    with project.database.reading() as connection:
        return {
            table: {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")}
            for table in metadata.tables
        }


def test_there_is_a_step_from_every_older_version():
    assert sorted(migrations.MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_an_older_project_keeps_its_images_annotations_and_undo(tmp_path: Path):
    with Project.open(an_old_project(tmp_path)) as project:
        assert project.records.get(1).name == "one.png"
        assert x_of(project) == 7
        assert project.annotations.replay() == project.annotations.standing()

        project.annotations.undo("ada")
        assert x_of(project) == 6


def indexes_and_triggers_of(project: Project) -> set[tuple[str, str]]:
    with project.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT type, name FROM sqlite_master WHERE type IN ('index', 'trigger')")
        return {(row[0], row[1]) for row in rows}


def test_an_older_project_is_brought_to_the_tables_of_a_new_one(tmp_path: Path):
    (tmp_path / "new").mkdir()
    with Project.open(an_old_project(tmp_path)) as old, a_project(tmp_path / "new") as new:
        assert columns_of(old) == columns_of(new)
        assert indexes_and_triggers_of(old) == indexes_and_triggers_of(new)


def test_a_migration_says_so_once_and_names_the_copy(tmp_path: Path):
    path = an_old_project(tmp_path)
    with Project.open(path) as project:
        (copy,) = project.layout.backups_folder.iterdir()
        assert project.notes == (
            f"The project was brought from schema version 1 to {SCHEMA_VERSION}. The older one is kept in {copy}.",
        )

    with Project.open(path) as project:
        assert project.notes == ()


def test_the_copy_made_before_a_migration_is_the_old_database(tmp_path: Path):
    with Project.open(an_old_project(tmp_path)) as project:
        (copy,) = project.layout.backups_folder.glob("*-v1.db")

    connection = sqlite3.connect(copy)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    edits = connection.execute("SELECT count(*) FROM edits").fetchone()[0]
    connection.close()
    assert (version, edits) == (1, 2)


def test_an_old_copy_put_back_is_brought_up_again(tmp_path: Path):
    path = an_old_project(tmp_path)
    with Project.open(path) as project:
        (copy,) = project.layout.backups_folder.iterdir()
        place(project, x=9)
    copy.replace(path / "project.db")

    with Project.open(path) as project:
        assert x_of(project) == 7


def test_an_older_project_that_is_read_only_is_refused_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = an_old_project(tmp_path)
    before = (path / "project.db").read_bytes()
    monkeypatch.setattr("napari_kdland.project.project._is_writable", lambda _: False)

    with pytest.raises(ProjectError, match=r"schema version 1 and must be brought to .* read-only"):
        Project.open(path)
    assert (path / "project.db").read_bytes() == before


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = an_old_project(tmp_path)

    def fail(connection: object) -> None:
        migrations.decisions.create(connection)
        raise ProjectError("no more")

    with monkeypatch.context() as patch:
        patch.setitem(migrations.MIGRATIONS, 1, fail)
        with pytest.raises(ProjectError, match="no more"):
            Project.open(path)

    with Project.open(path) as project:
        assert x_of(project) == 7


def test_no_migration_is_begun_where_the_copy_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = an_old_project(tmp_path)

    def full(*_: object) -> None:
        raise ProjectError("Cannot write the copy")

    with monkeypatch.context() as patch:
        patch.setattr(database.Database, "copy_to", full)
        with pytest.raises(ProjectError, match="Cannot write the copy"):
            Project.open(path)

    connection = sqlite3.connect(path / "project.db")
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    connection.close()


def test_a_migration_works_out_anew_which_edit_stands(tmp_path: Path):
    path = an_old_project(tmp_path)
    connection = sqlite3.connect(path / "project.db")
    with connection:
        connection.execute("UPDATE consensus SET edit_id = 1")
    connection.close()

    with Project.open(path) as project:
        assert x_of(project) == 7
