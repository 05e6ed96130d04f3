from pathlib import Path

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.project import Annotation, Project
from tests.project.factories import a_project, place, placed, x_of


def test_undo_and_redo_walk_through_the_readers_steps(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for x in (1, 2, 3):
            place(project, x=x)

        back = [(project.annotations.undo("ada"), x_of(project))[1] for _ in range(3)]
        forth = [(project.annotations.redo("ada"), x_of(project))[1] for _ in range(3)]

    assert back == [2, 1, None]
    assert forth == [1, 2, 3]


def test_where_there_is_nothing_to_take_back_or_repeat_nothing_is_done(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert project.annotations.undo("ada") is None
        assert project.annotations.redo("ada") is None

        place(project)
        assert project.annotations.redo("ada") is None
        assert project.annotations.last_edit_id() == 1


def test_undo_reaches_back_over_a_restart(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1)
        place(project, x=2)

    with Project.open(project.path) as project:
        project.annotations.undo("ada")
        assert x_of(project) == 1
    with Project.open(project.path) as project:
        project.annotations.redo("ada")
        assert x_of(project) == 2


def test_undo_reaches_back_to_other_images_and_says_where(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        place(project, 1)
        place(project, 2)

        assert project.annotations.undo("ada").image_id == 2
        assert project.annotations.undo("ada").image_id == 1
        assert project.annotations.labelled_ids() == []


def test_undo_is_a_line_of_the_journal_too(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1)
        undone = project.annotations.undo("ada")
        redone = project.annotations.redo("ada")

    assert (undone.edit_id, undone.kind, undone.old_point, undone.point) == (2, "undo", (5, 1), None)
    assert (undone.old_state, undone.state) == (LandmarkState.PLACED, LandmarkState.NOT_YET)
    assert (redone.edit_id, redone.kind, redone.old_point, redone.point) == (3, "redo", None, (5, 1))


def test_a_new_edit_ends_what_could_be_repeated(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1)
        place(project, x=2)
        project.annotations.undo("ada")
        place(project, x=3)

        assert project.annotations.redo("ada") is None
        back = [(project.annotations.undo("ada"), x_of(project))[1] for _ in range(2)]
    assert back == [1, None]


def test_undoing_takes_back_only_the_own_steps(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="ada")
        place(project, x=2, reader="bob")
        project.annotations.undo("ada")

        assert x_of(project) == 2
        assert x_of(project, reader="ada") is None


def test_undoing_the_own_correction_brings_the_other_readers_word_back(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="bob")
        place(project, x=2, reader="ada")
        place(project, x=3, reader="bob")
        place(project, x=4, reader="ada")

        project.annotations.undo("ada")
        assert x_of(project) == 3


def test_undoing_a_reset_brings_the_point_back(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=1, reader="bob")
        project.annotations.edit(1, "apex", LandmarkState.NOT_YET, None, reader="ada")

        project.annotations.undo("ada")
        assert x_of(project) == 1


def test_many_edits_are_taken_back_and_repeated_as_one_step(tmp_path: Path):
    rows = [placed(1, x=1), placed(2, x=2), placed(1, x=3), Annotation(2, "wall", LandmarkState.ABSENT, None)]
    with a_project(tmp_path, images=2) as project:
        place(project, 1, x=9)
        project.annotations.edit_many(rows, reader="ada")

        project.annotations.undo("ada")
        assert (x_of(project, 1), x_of(project, 2)) == (9, None)
        project.annotations.redo("ada")
        assert (x_of(project, 1), x_of(project, 2)) == (3, 2)


def test_a_file_of_several_readers_is_taken_back_by_each_on_their_own(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.annotations.edit_many([placed(1, reader="ada"), placed(2, reader="bob")], reader="import")
        project.annotations.undo("bob")

        assert project.annotations.labelled_ids() == [1]


def test_a_repeated_point_keeps_its_origin(tmp_path: Path):
    teacher = Origin("teacher", "kd-k10-s0")
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", LandmarkState.PLACED, (1, 2), reader="ada", origin=teacher)
        project.annotations.undo("ada")
        project.annotations.redo("ada")

        assert project.annotations.origin_of(1) == {"apex": teacher}


def test_undo_in_one_window_takes_back_what_the_same_reader_did_in_the_other(tmp_path: Path):
    with a_project(tmp_path, images=1) as one, Project.open(one.path) as other:
        place(one, x=1)
        place(other, x=2)
        one.annotations.undo("ada")

        assert x_of(other) == 1
