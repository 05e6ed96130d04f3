"""Small steps by the keyboard."""

import pytest
from numpy.testing import assert_allclose

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
    yield session
    session.close()


def test_a_step_moves_the_landmark_that_was_placed_last(session):
    assert session.current == "angle"

    session.nudging.nudge(0.1, -1.0)

    assert_allclose(session.landmarks["apex"], [10.1, 19.0])
    assert session.current == "angle"


def test_a_step_moves_the_chosen_landmark_where_it_has_a_point(session):
    session.editing.place((30.0, 30.0))
    session.choose("apex")

    session.nudging.nudge(1.0, 0.0)

    assert_allclose(session.landmarks.points[:2], [[11, 20], [30, 30]])


def test_every_step_is_on_the_disk_and_one_undo_takes_them_all_back(session):
    for _ in range(3):
        session.nudging.nudge(1.0, 0.0)
    with Project.open(session.project.path) as other:
        assert_allclose(other.annotations.current(session.record.image_id)["apex"], [13, 20])

    session.undo()
    assert_allclose(session.landmarks["apex"], [10, 20])

    session.redo()
    assert_allclose(session.landmarks["apex"], [13, 20])
    assert session.project.annotations.replay() == session.project.annotations.standing()


def test_another_edit_or_an_undo_between_ends_the_gesture(session):
    session.nudging.nudge(1.0, 0.0)
    session.editing.place((30.0, 30.0))
    session.choose("apex")
    session.nudging.nudge(1.0, 0.0)

    session.undo()
    assert_allclose(session.landmarks.points[:2], [[11, 20], [30, 30]])

    session.nudging.nudge(0.0, 1.0)
    session.undo()
    assert_allclose(session.landmarks["apex"], [11, 20])


def test_without_a_landmark_that_has_a_point_it_says_what_to_do(session):
    session.undo()

    with pytest.raises(AnnotationError, match="Choose one that has a point"):
        session.nudging.nudge(1.0, 0.0)


def test_a_step_out_of_the_image_is_refused(session):
    with pytest.raises(AnnotationError, match="outside the image"):
        session.nudging.nudge(-100.0, 0.0)
