"""Several landmarks taken back at once."""

import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from napari_kdland.session.taking_back import take_back
from tests.session.factories import NAMES, a_project, drain

PLACED, NOT_YET = LandmarkState.PLACED, LandmarkState.NOT_YET


@pytest.fixture
def session(tmp_path):
    runner = JobRunner()
    session = Session(runner, "ann")
    session.open(a_project(tmp_path))
    drain(runner)
    for place in ((10.0, 20.0), (20.0, 30.0), (30.0, 40.0)):
        session.editing.place(place)
    yield session
    session.close()
    assert runner.close()


def test_one_undo_brings_all_of_them_back(session):
    assert take_back(session, NAMES) == (3, 0)
    assert session.landmarks.n_known == 0

    session.undo()

    assert session.landmarks.states == (PLACED,) * 3


def test_a_locked_one_stays_and_the_others_go(session):
    session.locking.toggle("angle")

    assert take_back(session, NAMES) == (2, 1)

    assert session.landmarks.states == (NOT_YET, PLACED, NOT_YET)


def test_what_another_reader_placed_goes_too(session):
    session.reader = "bob"

    take_back(session, ["apex"])

    assert session.landmarks.states == (NOT_YET, PLACED, PLACED)


def test_the_first_of_them_is_what_a_click_places_next(session):
    assert session.current is None

    take_back(session, ["angle", "border"])

    assert session.current == "angle"
