"""Locks of the image on screen."""

import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from tests.session.factories import a_project, drain


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


@pytest.fixture
def session(tmp_path, runner):
    session = Session(runner, "ann")
    session.open(a_project(tmp_path))
    drain(runner)
    session.editing.place((10.0, 20.0))
    session.locking.toggle("apex")
    yield session
    session.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.editing.move("apex", (1.0, 1.0)),
        lambda session: session.editing.set_state("apex", LandmarkState.ABSENT),
        lambda session: session.nudging.nudge(1.0, 0.0),
        lambda session: session.undo(),
        lambda session: (session.choose("apex"), session.editing.place((1.0, 1.0))),
    ],
    ids=["move", "state", "nudge", "undo", "click"],
)
def test_nothing_that_a_reader_does_changes_a_locked_landmark(session, change):
    before = session.landmarks

    with pytest.raises(AnnotationError, match="locked by ann"):
        change(session)

    assert session.landmarks == before


def test_a_second_toggle_unlocks(session):
    session.locking.toggle("apex")

    session.editing.move("apex", (1.0, 1.0))

    assert session.landmarks["apex"][0] == 1


def test_all_that_is_known_is_locked_at_once_and_unlocked_again(session):
    session.editing.place((20.0, 30.0))

    session.locking.toggle_all()
    assert sorted(session.locking.locks) == ["angle", "apex"]

    session.locking.toggle_all()
    assert session.locking.locks == {}


def test_unlocking_shows_the_word_that_is_the_label_then(session):
    words = (1, "apex", LandmarkState.PLACED, (5.0, 6.0))
    session.project.annotations.edit(*words, reader="bob", locks_of="bob")
    session.refresh()
    assert session.landmarks["apex"].tolist() == [10, 20]

    session.locking.toggle("apex")

    assert session.landmarks["apex"].tolist() == [5, 6]


def test_locks_belong_to_their_image_and_are_there_on_coming_back(session, runner):
    session.paging.go_next()
    drain(runner)
    assert not session.locking.holds("apex")

    session.paging.go_previous()
    drain(runner)
    assert session.locking.holds("apex")


def test_a_lock_of_another_window_is_taken_in(session):
    told = []
    session.locking.changed.connect(lambda: told.append(sorted(session.locking.locks)))
    with Project.open(session.project.path) as other:
        other.locks.lock(session.record.image_id, ["border"], reader="bob")

    session.refresh()

    assert told == [["apex", "border"]]
