import pytest

from napari_kdland.anatomy.scheme_editing import Line, lines_of
from napari_kdland.errors import SchemeError
from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session
from tests.session.factories import a_project, drain


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close(), "a job did not end"


@pytest.fixture
def session(runner, tmp_path):
    """The second of three images is on screen."""
    session = Session(runner, "ann")
    session.open(a_project(tmp_path))
    drain(runner)
    session.paging.go_next()
    drain(runner)
    yield session
    session.close()


def test_a_changed_scheme_is_worked_with_on_the_same_image(session, runner):
    landmarks, regions = lines_of(session.project.scheme)
    session.editing.place((3.0, 4.0))

    assert session.scheme.change([*landmarks, Line("carina", "Carina")], regions)
    drain(runner)

    assert session.record.image_id == 2
    assert session.landmarks.names == ("apex", "angle", "border", "carina")
    assert session.landmarks["apex"].tolist() == [3, 4]


def test_the_window_that_changed_the_scheme_does_not_take_itself_for_another(session):
    session.scheme.change([Line("apex", "Top")], [])

    assert session.project.notes == ()


def test_lines_that_change_nothing_open_nothing_anew(session):
    project = session.project

    assert not session.scheme.change(*lines_of(project.scheme))

    assert session.project is project


def test_a_scheme_changed_in_another_window_is_followed(session, runner):
    other = Session(runner, "bob")
    other.open(session.project.path)
    other.scheme.change([Line("apex", "Top")], [])
    other.close()

    session.scheme.follow()
    drain(runner)

    assert session.landmarks.names == ("apex",)
    assert session.record.image_id == 2


def test_a_blind_reading_stays_blind_over_a_change_of_the_scheme(session):
    landmarks, regions = lines_of(session.project.scheme)
    session.blind.set(True)

    session.scheme.change(landmarks[::-1], regions)

    assert session.blind.is_on


def test_undo_of_a_landmark_that_was_removed_chooses_none(session, runner):
    landmarks, regions = lines_of(session.project.scheme)
    session.editing.place((3.0, 4.0))
    session.scheme.change(landmarks[1:], regions)
    drain(runner)

    assert session.undo()


def test_the_scheme_is_not_changed_while_a_training_runs(session):
    with (
        Project.open(session.project.path) as project,
        project.runs.training_lock("kd"),
        pytest.raises(SchemeError, match="The training kd is running"),
    ):
        session.scheme.change([Line("apex", "Top")], [])
