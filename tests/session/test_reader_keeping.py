"""Each project is read on as it was read last, over windows and restarts."""

import pytest

from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.memory import ShortMemory
from napari_kdland.session.reader_keeping import Reading
from napari_kdland.session.session import Session
from tests.session.factories import a_project, drain


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close(), "a job did not end"


@pytest.fixture
def start(runner):
    """Start sessions with one memory, as a program would that is closed and started again."""
    memory, started = ShortMemory(), []

    def start(login="ann"):
        for session in started:
            session.close()
        started.append(Session(runner, login, memory=memory))
        return started[-1]

    yield start
    started[-1].close()


def opened(session, runner, path):
    session.open(path)
    drain(runner)
    return session


def test_a_project_is_opened_under_the_name_it_was_read_by_last(start, runner, tmp_path):
    path = a_project(tmp_path)
    first = opened(start(), runner, path)
    first.reader = "Dr. Kim"
    first.editing.place((10.0, 20.0))

    second = opened(start(), runner, path)

    assert second.reader == "Dr. Kim"
    assert second.undo()
    assert second.landmarks.n_known == 0


def test_a_blind_reading_goes_on_blind_and_says_so_before_an_image_is_shown(start, runner, tmp_path):
    path, told, seen = a_project(tmp_path), [], []
    first = opened(start(), runner, path)
    first.editing.place((10.0, 20.0))
    first.reader = "bob"
    first.blind.set(True)

    second = start()
    second.keeper.recalled.connect(told.append)
    second.image_changed.connect(lambda: seen.append(second.landmarks and second.landmarks.n_known))
    opened(second, runner, path)

    assert second.blind.is_on
    assert seen[-1] == 0
    assert 1 not in seen
    assert [words[:23] for words in told] == ["You read blind as bob, "]


def test_a_blind_reading_that_was_ended_does_not_come_back(start, runner, tmp_path):
    path = a_project(tmp_path)
    first = opened(start(), runner, path)
    first.blind.set(True)
    first.blind.set(False)

    assert not opened(start(), runner, path).blind.is_on


def test_another_name_is_told_on_opening_and_the_same_one_is_not(start, runner, tmp_path):
    path = a_project(tmp_path)
    opened(start(), runner, path).reader = "bob"
    told = []

    for login in ("ann", "bob"):
        session = start(login)
        session.keeper.recalled.connect(told.append)
        opened(session, runner, path)

    assert told == ["You read as bob, as you did last in this project."]


def test_a_name_goes_on_into_a_project_that_was_not_read_yet_and_is_kept_there(start, runner, tmp_path):
    (tmp_path / "other").mkdir()
    first, other = a_project(tmp_path), a_project(tmp_path / "other")
    session = opened(start(), runner, first)
    session.reader = "bob, reading 2"

    opened(session, runner, other)

    assert session.reader == "bob"
    assert opened(start(), runner, other).reader == "bob"
    assert opened(start(), runner, first).reader == "bob, reading 2"


def test_a_memory_knows_nothing_of_a_project_that_was_never_read(tmp_path):
    memory = ShortMemory()
    memory.keep(tmp_path / "a", Reading("ann", is_blind=False))

    assert memory.recall(tmp_path / "b") is None
