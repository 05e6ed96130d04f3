import numpy as np
from numpy.testing import assert_allclose

from napari_kdland.evaluation.scoring import evaluate, only_images
from tests.evaluation.factories import a_prediction, a_truth

SPACED = {"000.png": (0.5, 0.25), "001.png": (1.0, 2.0)}


def test_points_are_scaled_only_where_every_image_has_a_spacing():
    truth = a_truth(3)

    assert_allclose(evaluate(truth, truth, spacing_mm=SPACED).geometry.scale, 1)
    spaced = evaluate({i: truth[i] for i in SPACED}, {i: truth[i] for i in SPACED}, spacing_mm=SPACED)
    assert_allclose(spaced.geometry.scale[:, 0], list(SPACED.values()))


def test_the_images_that_have_a_spacing_are_measured_in_millimetres_by_themselves():
    truth = a_truth(3)
    evaluation = evaluate(a_prediction(truth, 2.0), truth, spacing_mm=SPACED)

    spaced = only_images(evaluation, tuple(SPACED))

    assert evaluation.errors_mm is None
    assert spaced.images == tuple(SPACED)
    assert spaced.errors_mm.shape == (2, 3)
    assert_allclose(spaced.errors_px, evaluation.errors_px[:2])


def test_an_image_without_a_prediction_stays_named():
    truth = a_truth(3)
    evaluation = evaluate({"000.png": truth["000.png"]}, truth)

    assert only_images(evaluation, ("000.png", "002.png")).without_prediction == ("002.png",)
    assert np.isnan(only_images(evaluation, ("002.png",)).summary.mean_radial_error_px)
