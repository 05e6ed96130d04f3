"""What runs say of images: asked for in the background, kept, and dropped when it is old."""

import numpy as np
import pytest

from napari_kdland import jobs
from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import RunError
from napari_kdland.events import Started
from napari_kdland.session.forecasts import Forecasts
from napari_kdland.session.job_runner import JobRunner
from tests.session.factories import NAMES, drain, some_regions


@pytest.fixture
def asked(monkeypatch):
    asked = []

    def predict(_path, run, image_id):
        asked.append((run, image_id))
        yield Started("Predict")
        if run == "broken":
            raise RunError("The run broken is damaged.")
        return jobs.ShownPrediction(run, Landmarks.not_yet(NAMES), np.zeros((3, 4, 4), np.float16))

    monkeypatch.setattr(jobs, "predict_heatmaps", predict)
    return asked


@pytest.fixture
def runner():
    runner = JobRunner()
    yield runner
    assert runner.close()


def test_a_prediction_is_there_when_it_is_told(asked, runner, tmp_path):
    forecasts, told = Forecasts(runner), []
    forecasts.arrived.connect(lambda: told.append(forecasts.get("a", 1)))

    forecasts.want(tmp_path, ["a", "b"], 1)
    drain(runner)

    assert told[0].said.run == "a"
    assert forecasts.get("b", 1).said.run == "b"
    assert asked == [("a", 1), ("b", 1)]


def test_what_is_there_is_not_asked_for_again(asked, runner, tmp_path):
    forecasts = Forecasts(runner)
    forecasts.want(tmp_path, ["a"], 1)
    drain(runner)

    forecasts.want(tmp_path, ["a"], 1)
    drain(runner)

    assert asked == [("a", 1)]


def test_a_wish_repeated_while_it_is_being_fulfilled_is_one_wish(asked, runner, tmp_path):
    forecasts = Forecasts(runner)

    forecasts.want(tmp_path, ["a"], 1)
    forecasts.want(tmp_path, ["a"], 1)
    drain(runner)

    assert asked == [("a", 1)]


def test_a_newer_wish_takes_the_place_of_one_that_waits(asked, runner, tmp_path):
    forecasts = Forecasts(runner)

    for image_id in (1, 2, 3):
        forecasts.want(tmp_path, ["a"], image_id)
    drain(runner)

    assert asked == [("a", 1), ("a", 3)]


def test_a_run_that_cannot_predict_is_told_in_words_once_and_the_others_come(runner, tmp_path, asked):
    forecasts, refused = Forecasts(runner), []
    forecasts.refused.connect(refused.append)
    forecasts.arrived.connect(lambda: forecasts.want(tmp_path, ["broken", "a"], 1))

    forecasts.want(tmp_path, ["broken", "a"], 1)
    drain(runner)

    assert refused == ["The run broken is damaged."]
    assert forecasts.get("a", 1) is not None
    assert asked == [("broken", 1), ("a", 1)]


def test_old_predictions_are_forgotten_even_while_one_comes(asked, runner, tmp_path):
    forecasts = Forecasts(runner)
    forecasts.want(tmp_path, ["a"], 1)

    forecasts.forget()
    drain(runner)

    assert forecasts.get("a", 1) is None
    forecasts.want(tmp_path, ["a"], 1)
    drain(runner)
    assert asked.count(("a", 1)) >= 1
    assert forecasts.get("a", 1) is not None


def with_regions(_path, run, _image_id):
    yield Started("Predict")
    heatmaps = np.zeros((0, 4, 4), np.float16)
    return jobs.ShownPrediction(run, Landmarks.not_yet(()), heatmaps, regions=some_regions())


def test_regions_come_with_their_rims(runner, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "predict_heatmaps", with_regions)
    forecasts = Forecasts(runner)

    forecasts.want(tmp_path, ["a"], 1)
    drain(runner)

    assert forecasts.get("a", 1).outlined.regions == some_regions()
    assert forecasts.get("a", 1).outlined.rims.any()


def test_what_was_looked_at_long_ago_is_given_up_for_memory(runner, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "predict_heatmaps", with_regions)
    monkeypatch.setattr("napari_kdland.session.forecasts._BUDGET_BYTES", 1)
    forecasts = Forecasts(runner)

    for image_id in range(1, 11):
        forecasts.want(tmp_path, ["a"], image_id)
        drain(runner)

    assert [forecasts.get("a", image_id) is not None for image_id in (1, 2, 3, 10)] == [False, False, True, True]
