"""What a click places, and what comes after it."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.placing import Placing, PlacingMode
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
    yield session
    session.close()


def test_the_modes_go_round():
    placing, told = Placing(), []
    placing.changed.connect(lambda: told.append(placing.mode))

    for _ in PlacingMode:
        placing.cycle()

    assert told == [PlacingMode.AGAIN, PlacingMode.THROUGH, PlacingMode.SEQUENCE]


def test_all_again_goes_on_to_the_next_landmark_though_it_is_set(session):
    for point in ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)):
        session.editing.place(point)
    session.placing.mode = PlacingMode.AGAIN
    session.choose("apex")

    session.editing.place((9.0, 9.0))

    assert session.current == "angle"


def test_all_again_ends_after_the_last_so_that_no_click_moves_the_first(session):
    session.placing.mode = PlacingMode.AGAIN
    session.choose("border")
    session.editing.place((3.0, 3.0))

    assert session.current is None
    with pytest.raises(AnnotationError, match="All landmarks are set"):
        session.editing.place((4.0, 4.0))


def test_all_again_begins_each_image_with_the_first_landmark(session, runner):
    other = session.project.records.find("image_1.png").image_id
    session.project.annotations.edit(other, "apex", LandmarkState.PLACED, (5.0, 5.0), reader="ann")
    session.placing.mode = PlacingMode.AGAIN

    session.paging.go_next()
    drain(runner)

    assert session.current == "apex"


def test_one_landmark_goes_through_the_images(session, runner):
    session.placing.mode = PlacingMode.THROUGH
    session.choose("angle")

    for y in (10.0, 20.0):
        session.editing.place((y, 5.0))
        drain(runner)

    assert (session.record.name, session.current) == ("image_2.png", "angle")
    first = session.project.records.find("image_0.png").image_id
    assert_allclose(session.project.annotations.current(first)["angle"], [10, 5])


def test_after_the_last_image_it_says_that_the_landmark_is_through(session, runner):
    said = []
    session.refused.connect(said.append)
    session.placing.mode = PlacingMode.THROUGH
    session.choose("angle")

    for _ in range(3):
        session.editing.place((10.0, 5.0))
        drain(runner)

    assert said == ["This is the last image of the list: the landmark has been through all of them."]
    assert session.landmarks.state_of("angle") is LandmarkState.PLACED


def test_an_absent_landmark_leads_on_to_the_next_image_too(session, runner):
    session.placing.mode = PlacingMode.THROUGH
    session.choose("angle")

    session.editing.set_state("angle", LandmarkState.ABSENT)
    drain(runner)

    assert (session.record.name, session.current) == ("image_1.png", "angle")
