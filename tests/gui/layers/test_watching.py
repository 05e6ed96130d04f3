"""What a training finds in a watched image that is on screen."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.events import Probed
from napari_kdland.gui.layers.style import TEACHER
from napari_kdland.gui.panels.predict import PredictPanel
from tests.gui.layers.test_comparing import a_prediction, show
from tests.session.factories import drain, endless, wait_for
from tests.session.proofread import POINTS, predict, rank

pytestmark = pytest.mark.gui

FOUND = ((10.0, 20.0), (20.0, 30.0), (30.0, 40.0))


@pytest.fixture
def training(open_desk, runner):
    """A desk whose training has seen the image on screen at step 50."""
    open_desk.trainings.handle = runner.start("student", lambda: endless([]))
    see(open_desk, 50)
    yield open_desk
    open_desk.trainings.handle.cancel()


def see(desk, step, shift=0.0):
    record = desk.session.project.records.get(1)
    points = tuple((y + shift, x) for y, x in FOUND)
    desk.probes.seen[record.content_hash] = Probed(step, record.content_hash, points)
    desk.probes.changed.emit()


def layer(desk):
    return desk.pool.reader.prediction


def wait_for_second(desk, runner):
    wait_for(runner, lambda: desk.session.record.image_id == 2)


def test_it_is_on_the_image_and_follows_the_training(training):
    assert layer(training).visible
    assert_allclose(layer(training).data, FOUND)
    assert "orange: the network that learns, at step 50" in training.badge.words()

    see(training, 100, shift=5.0)

    assert_allclose(layer(training).data[:, 0], [15, 25, 35])
    assert "step 100" in training.badge.words()


def test_an_image_that_is_not_watched_shows_nothing_of_it(training, runner):
    training.session.paging.go_next()
    wait_for_second(training, runner)
    assert len(layer(training).data) == 0
    assert "orange" not in training.badge.words()

    training.session.paging.go_previous()
    assert_allclose(layer(training).data, FOUND)


def test_it_goes_when_the_training_ends(training, runner):
    training.trainings.handle.cancel()
    drain(runner)

    training.trainings.changed.emit()

    assert len(layer(training).data) == 0
    assert not layer(training).visible
    assert "orange" not in training.badge.words()


def test_who_reads_blind_or_hides_runs_does_not_see_it(training):
    training.session.blind.set(True)
    assert len(layer(training).data) == 0

    training.session.blind.set(False)
    training.pool.show_runs(False)
    see(training, 100)
    assert not layer(training).visible


def test_it_stands_back_from_a_comparison(training):
    show(training, a_prediction(training, "big", TEACHER))
    assert len(layer(training).data) == 0

    training.compared.clear()
    assert_allclose(layer(training).data, FOUND)


def test_it_stands_back_from_the_predictions_that_are_proofread(training, runner):
    session = training.session
    predict(session.project)
    training.proofreading.open(rank(session.project), run="student")
    wait_for_second(training, runner)
    assert_allclose(layer(training).data, POINTS)

    see(training, 100)
    assert_allclose(layer(training).data, POINTS)


def test_the_predict_panel_leaves_it_where_it_asks_nothing(training, qtbot):
    panel = PredictPanel(training)
    qtbot.addWidget(panel)

    training.session.choose("border")

    assert_allclose(layer(training).data, FOUND)
    panel.release()
