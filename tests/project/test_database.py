import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import ProjectError
from napari_kdland.project import database
from napari_kdland.project.database import Database
from napari_kdland.project.tables import edits
from tests.project.factories import a_project, add_image, place, x_of


def pragma(store: Database, name: str) -> object:
    with store.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_commit_reaches_the_disk_and_links_are_kept(tmp_path: Path):
    with a_project(tmp_path) as project:
        assert pragma(project.database, "journal_mode") == "wal"
        assert pragma(project.database, "synchronous") == 2
        assert pragma(project.database, "foreign_keys") == 1
        assert pragma(project.database, "busy_timeout") == database.BUSY_SECONDS * 1000


def test_a_block_that_raises_changes_nothing(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        with suppress(ZeroDivisionError), project.database.writing() as connection:
            connection.exec_driver_sql("UPDATE images SET split = 'test'")
            raise ZeroDivisionError

        assert project.records.get(1).split == "pool"


@pytest.mark.parametrize(
    "verb",
    [
        "UPDATE edits SET reader = 'eve'",
        "DELETE FROM edits",
        "INSERT OR REPLACE INTO edits SELECT * FROM edits",
    ],
)
def test_the_journal_refuses_to_be_changed(tmp_path: Path, verb: str):
    with a_project(tmp_path, images=1) as project:
        place(project)

        with (
            pytest.raises(IntegrityError, match="the journal of edits is append-only"),
            project.database.writing() as connection,
        ):
            connection.exec_driver_sql(verb)


@pytest.mark.parametrize(("state", "y", "x"), [("placed", None, None), ("absent", 1.0, 2.0)])
def test_the_journal_refuses_a_point_that_does_not_fit_its_state(
    tmp_path: Path, state: str, y: float | None, x: float | None
):
    words = dict.fromkeys(["time", "landmark", "reader", "origin_kind", "origin_name", "old_state", "note"], "")
    row = {**words, "edit_id": 1, "image_id": 1, "kind": "edit", "action": 1, "state": state, "y": y, "x": x}

    with (
        a_project(tmp_path, images=1) as project,
        pytest.raises(IntegrityError, match="state_fits_point"),
        project.database.writing() as connection,
    ):
        connection.execute(insert(edits).values(row))


def test_an_edit_of_an_image_that_is_not_there_is_refused_by_the_database(tmp_path: Path):
    with (
        a_project(tmp_path) as project,
        pytest.raises(IntegrityError, match="FOREIGN KEY"),
        project.database.writing() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO predictions VALUES (1, 1, '{}')")


def test_a_full_disk_refuses_the_edit_and_loses_nothing(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=7)
        before = project.annotations.last_edit_id()
        with project.database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(ProjectError, match=r"the disk is full\. What was saved before is not lost\."):
            project.annotations.edit(1, "wall", LandmarkState.ABSENT, None, reader="ada", note="x" * 100_000)

        assert project.annotations.last_edit_id() == before
        assert project.annotations.replay() == project.annotations.standing()
        assert x_of(project) == 7

        with project.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        assert place(project) == before + 1


def test_a_database_that_another_program_writes_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with a_project(tmp_path, images=1) as project:
        other = sqlite3.connect(project.layout.database_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(ProjectError, match="another program has been writing it"):
                place(project)
            assert x_of(project) is None
        finally:
            other.close()

        place(project)


def test_a_reader_sees_one_moment_while_others_write(tmp_path: Path):
    with a_project(tmp_path, images=1) as project, project.database.reading() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM images").scalar()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(add_image, project, "other.png").result()

        assert connection.exec_driver_sql("SELECT count(*) FROM images").scalar() == before


def test_many_threads_may_use_one_project(tmp_path: Path):
    with a_project(tmp_path, images=8) as project, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: place(project, number, reader=f"reader {number}"), range(1, 9)))

        assert project.annotations.labelled_ids() == list(range(1, 9))


def test_a_bug_is_not_dressed_as_the_users_error(tmp_path: Path):
    with (
        a_project(tmp_path) as project,
        pytest.raises(Exception, match="no such table: missing_table") as caught,
        project.database.reading() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM missing_table")

    assert not isinstance(caught.value, ProjectError)
