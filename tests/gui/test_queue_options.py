"""How the next images and the doubtful labels are looked for."""

import json

import pytest

from napari_kdland.evaluation.acquisition import STRATEGIES
from napari_kdland.gui.queue_options import QueueOptions
from napari_kdland.gui.queue_setup import QueueSetup
from napari_kdland.gui.recent import window_settings
from napari_kdland.jobs.ranking import QueueWish

pytestmark = pytest.mark.gui


@pytest.fixture
def setup(open_desk, qtbot):
    setup = QueueSetup()
    qtbot.addWidget(setup)
    setup.look_at(open_desk.session.project)
    return setup


def seen(options):
    return [field for field in ("by", "count", "folds", "threshold") if getattr(options, field).isVisibleTo(options)]


def test_each_kind_of_queue_shows_what_it_asks_for(setup):
    found = {}
    for kind in ("disagreement", "label-next", "doubtful-labels"):
        setup.choose(kind, ())
        found[kind] = seen(setup.options)

    assert found == {
        "disagreement": [],
        "label-next": ["by", "count"],
        "doubtful-labels": ["folds", "threshold"],
    }
    assert setup.options.by.count() == len(STRATEGIES)


def test_the_strategy_says_how_many_runs_it_needs(setup):
    setup.choose("label-next", ())
    assert "no trained run" in setup.problem()

    setup.options.by.setCurrentIndex(setup.options.by.findData("random"))

    assert setup.problem() == ""


def test_what_is_chosen_is_remembered_for_the_project(setup, qtbot, open_desk, tmp_path):
    setup.options.by.setCurrentIndex(setup.options.by.findData("core-set"))
    setup.options.count.setValue(7)
    setup.options.folds.setValue(4)
    setup.options.threshold.setValue(6.5)

    again = QueueOptions()
    qtbot.addWidget(again)
    assert again.wish() == QueueWish()
    again.look_at(open_desk.session.project.path)
    assert again.wish() == QueueWish("core-set", 7, 4, 6.5)
    again.look_at(tmp_path / "other")
    assert again.wish() == QueueWish()


def test_one_network_has_no_others_to_learn_from(setup):
    setup.options.folds.setValue(1)

    assert setup.options.wish().folds == 2


@pytest.mark.parametrize("text", ["[]", "{", json.dumps({"x": {"by": 3, "no": 1}})])
def test_settings_that_cannot_be_read_are_the_usual_ones(setup, text, tmp_path):
    window_settings().setValue("queues", text)

    setup.options.look_at(tmp_path / "x")

    assert setup.options.wish() == QueueWish()
