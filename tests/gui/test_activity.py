"""A training in napari's activity dock."""

import time

import pytest
from napari.utils import progress
from qtpy.QtWidgets import QLabel

from napari_kdland.events import Advanced, Started
from napari_kdland.gui.activity import Activity
from tests.session.factories import drain, wait_for

pytestmark = pytest.mark.gui


@pytest.fixture
def activity(qapp):  # noqa: ARG001 - its clock needs the application
    activity = Activity()
    yield activity
    activity.close()


def steps(goes_on):
    def job():
        yield Started("Training", 20)
        for done in range(1, 8):
            yield Advanced(done)
        while goes_on:
            time.sleep(0.001)
            yield Advanced(7)

    return job


def test_the_dock_shows_what_runs_and_how_far_it_is(activity, runner):
    goes_on = [True]
    handle = runner.start("Train", steps(goes_on))
    activity.follow(handle)
    wait_for(runner, lambda: len(handle.events) > 8)

    activity.draw()

    assert activity.bar in progress._all_instances
    assert (activity.bar.total, activity.bar.n) == (20, 7)
    assert activity.bar.desc.startswith("Training")
    goes_on.clear()
    drain(runner)


def test_nothing_is_left_in_the_dock_when_it_is_over(activity, runner):
    before = len(progress._all_instances)
    handle = runner.start("Train", steps([]))
    activity.follow(handle)
    activity.draw()
    assert len(progress._all_instances) == before + 1

    drain(runner)

    assert len(progress._all_instances) == before
    assert activity.bar is None


def test_news_alone_change_no_bar(activity, runner):
    activity.follow(runner.start("Train", steps([])))

    drain(runner)

    assert activity.bar is None


def test_what_turns_while_a_job_runs_turns_slowly_since_each_picture_composes_the_whole_window(
    activity, runner, make_napari_viewer
):
    viewer, goes_on = make_napari_viewer(), [True]
    activity.follow(runner.start("Train", steps(goes_on)))
    activity.draw()

    labels = viewer.window._qt_window.findChildren(QLabel)
    speeds = [label.movie().speed() for label in labels if label.movie() is not None]

    assert set(speeds) == {10}
    goes_on.clear()
