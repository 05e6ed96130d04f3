"""Locked landmarks: nothing changes them, whoever asks and however."""

from pathlib import Path

import pytest

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project import Project
from tests.project.factories import a_project, place, placed, x_of


def place_blind(project, *, x):
    """Bob reads blind: of locks, only bob's own hold him."""
    project.annotations.edit(1, "apex", LandmarkState.PLACED, (5.0, x), reader="bob", locks_of="bob")


def test_a_lock_says_who_and_when_also_after_reopening(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.locks.lock(1, ["apex"], reader="ada")

    with Project.open(project.path) as project:
        lock = project.locks.of_image(1)["apex"]
        assert (lock.landmark, lock.reader, lock.time[:2]) == ("apex", "ada", "20")
        assert project.locks.of_image(2) == {}


def test_a_locked_landmark_is_not_edited_and_the_message_names_who_locked_it(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.locks.lock(1, ["apex"], reader="ada")

        with pytest.raises(AnnotationError, match=r"apex of image image1\.png is locked by ada\. Unlock it first"):
            place(project, x=4, reader="bob")
        assert x_of(project) == 3

        project.locks.unlock(1, ["apex"])
        place(project, x=4)
        assert x_of(project) == 4


def test_other_landmarks_and_images_are_free(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.locks.lock(1, ["apex"], reader="ada")

        place(project, 1, "angle")
        place(project, 2, "apex")

        assert project.annotations.labelled_ids() == [1, 2]


def test_of_many_that_are_said_at_once_none_is_taken_where_one_is_locked(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.locks.lock(1, ["apex"], reader="ada")
        said = [placed(1, "angle", x=8), placed(1, "apex", x=9)]

        with pytest.raises(AnnotationError, match="locked by ada"):
            project.annotations.edit_many(said, reader="bob", origin=Origin("file", "table.csv"))

        assert project.annotations.current(1).n_known == 1


def test_what_says_the_same_again_is_no_change(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.locks.lock(1, ["apex"], reader="ada")

        assert project.annotations.edit_many([placed(1, "apex", x=3)], reader="ada") == []


def test_undo_and_redo_halt_before_a_locked_landmark(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        place(project, x=4)
        project.annotations.undo("ada")
        project.locks.lock(1, ["apex"], reader="ada")

        for step in (project.annotations.undo, project.annotations.redo):
            with pytest.raises(AnnotationError, match="locked by ada"):
                step("ada")

        assert x_of(project) == 3
        assert project.annotations.replay() == project.annotations.standing()


def test_locking_twice_keeps_the_first_lock(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.locks.lock(1, ["apex"], reader="ada")
        project.locks.lock(1, ["apex", "wall"], reader="bob")

        assert {name: lock.reader for name, lock in project.locks.of_image(1).items()} == {"apex": "ada", "wall": "bob"}


def test_what_cannot_be_locked_is_refused(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        with pytest.raises(UsageError, match="no image number 7"):
            project.locks.lock(7, ["apex"], reader="ada")
        with pytest.raises(UsageError, match="no landmark nose"):
            project.locks.lock(1, ["nose"], reader="ada")
        with pytest.raises(UsageError, match="needs a reader"):
            project.locks.lock(1, ["apex"], reader=" ")
        assert project.locks.of_image(1) == {}


def test_an_absent_landmark_can_be_locked_too(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.annotations.edit(1, "apex", LandmarkState.ABSENT, None, reader="ada")
        project.locks.lock(1, ["apex"], reader="ada")

        with pytest.raises(AnnotationError, match="locked"):
            place(project)


def test_each_reader_locks_the_own_reading_and_unlocks_no_other(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for reader in ("ada", "bob", "cy, reading 2"):
            project.locks.lock(1, ["apex"], reader=reader)
        project.locks.lock(1, ["apex"], reader="bob")

        project.locks.unlock(1, ["apex"], reader="bob")
        assert project.locks.of_image(1, reader="bob") == {}
        assert project.locks.of_image(1, reader="ada")["apex"].reader == "ada"
        project.locks.unlock(1, ["apex"], reader="ada")

        assert project.locks.of_image(1)["apex"].reader == "cy, reading 2"
        assert project.locks.of_image(1, reader="cy, reading 2")["apex"].reader == "cy, reading 2"


def test_a_lock_of_a_landmark_whose_name_begins_like_another_holds_its_own(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        for name in ("apex", "angle"):
            project.locks.lock(1, [name], reader="ada")
        project.locks.lock(1, ["angle"], reader="bob")

        project.locks.unlock(1, ["apex"])

        assert set(project.locks.of_image(1)) == {"angle"}
        assert set(project.locks.of_image(1, reader="bob")) == {"angle"}


def test_a_locked_landmark_keeps_its_label_whatever_a_blind_reader_says_of_it(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.locks.lock(1, ["apex"], reader="ada")

        place_blind(project, x=9)
        project.annotations.edit(1, "apex", LandmarkState.NOT_YET, None, reader="bob", locks_of="bob")
        place_blind(project, x=8)

        assert (x_of(project), x_of(project, reader="bob")) == (3, 8)
        assert project.annotations.labels([1])[1]["apex"].tolist()[1] == 3
        assert project.annotations.replay() == project.annotations.standing()


def test_with_the_last_lock_gone_the_latest_word_is_the_label(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        place(project, x=3)
        project.locks.lock(1, ["apex"], reader="ada")
        place_blind(project, x=9)
        project.locks.lock(1, ["apex"], reader="bob")

        project.locks.unlock(1, ["apex"])
        assert x_of(project) == 3
        project.locks.unlock(1, ["apex"])

        assert x_of(project) == 9
        assert project.annotations.replay() == project.annotations.standing()


def test_a_locked_landmark_of_which_nothing_was_said_stays_without_label(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.locks.lock(1, ["apex"], reader="ada")

        place_blind(project, x=9)

        assert project.annotations.current(1).n_known == 0
        assert project.annotations.labelled_ids() == []
        project.annotations.rebuild()
        assert project.annotations.current(1).n_known == 0
