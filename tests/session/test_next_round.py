"""From proofreading to the next training."""

import pytest

from napari_kdland.errors import RunError
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.next_round import NextRound, joining, prepare
from napari_kdland.session.session import Session
from tests.session.factories import a_project, drain
from tests.session.proofread import predict


@pytest.fixture
def session(tmp_path):
    runner = JobRunner()
    session = Session(runner, "ann")
    session.open(a_project(tmp_path, splits=("train", "pool", "pool")))
    drain(runner)
    predict(session.project)
    for image_id in (1, 3):
        session.paging.go_to(image_id)
        drain(runner)
        session.editing.place((5.0, 5.0))
    yield session
    session.close()
    assert runner.close()


def splits(session):
    return [record.split for record in session.project.records.page()]


def test_labelled_images_of_the_pool_join_the_training(session):
    assert joining(session) == [3]
    assert prepare(session, "student", joins=True) == NextRound("student", 1)
    assert splits(session) == ["train", "pool", "train"]
    assert joining(session) == []


def test_they_stay_where_that_is_wanted(session):
    assert prepare(session, "student", joins=False) == NextRound("student", 0)
    assert splits(session) == ["train", "pool", "pool"]


def test_a_run_that_is_gone_changes_nothing(session):
    with pytest.raises(RunError, match="no run 'gone'"):
        prepare(session, "gone", joins=True)
    assert splits(session) == ["train", "pool", "pool"]
