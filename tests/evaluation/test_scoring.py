import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import AnnotationError, SchemeError
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import NAMES, a_prediction, a_truth, absent, shifted, some_landmarks


def test_predictions_are_matched_by_landmark_name_not_by_order():
    truth = {"a.png": some_landmarks((0, 0), (10, 10), (20, 20))}
    predicted = {"a.png": truth["a.png"].reordered(NAMES[::-1])}

    evaluation = evaluate(predicted, truth)

    assert_allclose(evaluation.errors_px, 0)


def test_the_truth_may_stand_in_different_orders():
    landmarks = some_landmarks((0, 0), (10, 10), (20, 20))
    truth = {"a.png": landmarks, "b.png": landmarks.reordered(NAMES[::-1])}

    evaluation = evaluate({"a.png": landmarks, "b.png": landmarks}, truth)

    assert_allclose(evaluation.errors_px, 0)


def test_images_of_which_nothing_is_known_are_listed_and_left_out():
    truth = {"a.png": some_landmarks((0, 0), None, None), "b.png": Landmarks.not_yet(NAMES)}
    predicted = {image: some_landmarks((3, 4), (1, 1), (1, 1)) for image in ("a.png", "b.png", "c.png")}

    evaluation = evaluate(predicted, truth)

    assert evaluation.images == ("a.png",)
    assert evaluation.without_truth == ("b.png", "c.png")
    assert evaluation.summary.mean_radial_error_px == 5


def test_an_image_without_a_prediction_counts_all_its_landmarks_as_missing():
    truth = a_truth(n_images=2, n_landmarks=3)
    predicted = {"000.png": truth["000.png"]}

    evaluation = evaluate(predicted, truth)

    assert evaluation.without_prediction == ("001.png",)
    assert evaluation.summary.n_missing == evaluation.presence.n_missing == 3
    assert evaluation.summary.n_images == 1


def test_presence_is_counted_in_all_four_ways():
    states = (LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.ABSENT)
    truth = {
        "a.png": Landmarks(NAMES, [[1, 1], [np.nan] * 2, [np.nan] * 2], states),
        "b.png": some_landmarks((1, 1), None, None),
    }
    predicted = {"a.png": some_landmarks(None, (5, 5), None), "b.png": some_landmarks((1, 1), None, (2, 2))}

    presence = evaluate(predicted, truth).presence

    assert (presence.n_found, presence.n_missing) == (1, 1)
    assert (presence.n_invented, presence.n_rightly_absent, presence.n_unknown) == (1, 1, 2)


def test_an_image_whose_landmarks_are_all_absent_has_no_error():
    truth = {"a.png": absent(), "b.png": some_landmarks((0, 0), (1, 1), (2, 2))}

    evaluation = evaluate({**truth}, truth)

    assert evaluation.images == ("a.png", "b.png")
    assert evaluation.summary.n_images == 1
    assert evaluation.presence.n_rightly_absent == 3


def test_occluded_and_uncertain_landmarks_are_measured():
    states = (LandmarkState.OCCLUDED, LandmarkState.UNCERTAIN)
    truth = {"a.png": Landmarks(NAMES[:2], [[0, 0], [0, 0]], states)}

    evaluation = evaluate({"a.png": some_landmarks((3, 4), (0, 1))}, truth)

    assert evaluation.errors_of("a.png") == {"apex": 5, "angle": 1}


def test_millimetres_need_a_spacing_for_every_image():
    truth = a_truth(n_images=2)
    predicted = shifted(truth, (2, 0))

    some = evaluate(predicted, truth, spacing_mm={"000.png": (0.5, 0.5), "001.png": None})
    every = evaluate(predicted, truth, spacing_mm={"000.png": (0.5, 0.1), "001.png": (0.2, 0.1)})

    assert some.errors_mm is None
    assert some.without_spacing == ("001.png",)
    assert_allclose(every.errors_mm, [[1.0] * 3, [0.4] * 3])
    assert every.summary.mean_radial_error_mm == pytest.approx(0.7)


def test_other_landmarks_than_the_truth_are_refused():
    truth = {"a.png": some_landmarks((0, 0))}
    predicted = {"a.png": some_landmarks((0, 0), names=("carina",))}

    with pytest.raises(SchemeError, match="different landmarks: apex, carina in one but not in the other"):
        evaluate(predicted, truth)


def test_nothing_annotated_is_refused():
    with pytest.raises(AnnotationError, match="None of the 1 images has annotated landmarks"):
        evaluate({}, {"a.png": Landmarks.not_yet(NAMES)})


def test_the_json_gives_the_error_of_every_image():
    truth = a_truth(n_images=2)

    values = json.loads(json.dumps(evaluate(a_prediction(truth, 1.0), truth).to_json(), allow_nan=False))

    assert set(values["per_image"]) == {"000.png", "001.png"}
    assert values["mean_radial_error_px"] == pytest.approx(np.mean(list(values["per_image"].values())))
