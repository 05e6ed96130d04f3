from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from napari_kdland.errors import UsageError
from napari_kdland.project import Project
from tests.project.factories import a_project


def test_a_flag_keeps_its_note_and_who_set_it_also_after_reopening(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        flag = project.flags.put(2, " rotated ", reader="ada")

    with Project.open(project.path) as project:
        assert project.flags.of_images([1, 2]) == {2: flag}
        assert (flag.note, flag.reader) == ("rotated", "ada")
        assert project.flags.flagged_ids() == [2]


def test_anybody_may_write_another_note_or_clear_a_flag_and_all_is_kept(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.flags.put(1, "rotated", reader="ada")
        project.flags.put(1, "rotated, and a pacemaker", reader="bob")
        project.flags.clear(1, reader="bob", note="seen")

        assert project.flags.of_images([1]) == {}
        assert project.flags.flagged_ids() == []
        assert [(line.reader, line.is_flagged, line.note) for line in project.flags.history_of(1)] == [
            ("ada", True, "rotated"),
            ("bob", True, "rotated, and a pacemaker"),
            ("bob", False, "seen"),
        ]


def test_the_same_flag_twice_is_one_line(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert project.flags.put(1, "rotated", reader="ada") == project.flags.put(1, "rotated", reader="bob")
        cleared = project.flags.clear(1, reader="ada")
        assert project.flags.clear(1, reader="bob", note="why") == cleared
        assert len(project.flags.history_of(1)) == 2


def test_a_flag_without_image_or_reader_is_refused(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        with pytest.raises(UsageError, match="no image number 7"):
            project.flags.put(7, "rotated", reader="ada")
        with pytest.raises(UsageError, match="A flag needs a reader"):
            project.flags.put(1, "rotated", reader="")


@pytest.mark.parametrize(
    "verb",
    ["UPDATE flags SET note = ''", "DELETE FROM flags", "INSERT OR REPLACE INTO flags SELECT * FROM flags"],
)
def test_the_journal_of_flags_refuses_to_be_changed(tmp_path: Path, verb: str):
    with a_project(tmp_path, images=1) as project:
        project.flags.put(1, "rotated", reader="ada")
        with (
            pytest.raises(IntegrityError, match="the journal of flags is append-only"),
            project.database.writing() as connection,
        ):
            connection.exec_driver_sql(verb)
