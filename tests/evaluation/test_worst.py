"""The image behind a figure."""

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation import evaluate
from napari_kdland.evaluation.columns import all_metrics
from napari_kdland.evaluation.worst import Case, worst_case

NAMES = ("apex", "angle", "border")
METRICS = {metric.name: metric for metric in all_metrics()}
TRUTH = np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]])
# Of each image, errors in pixels of the three landmarks; NaN was not predicted.
ERRORS = {
    "even": [30.0, 30.0, 30.0],
    "one far": [0.0, 0.0, 70.0],
    "two off": [55.0, 60.0, 0.0],
    "missed": [1.0, np.nan, 1.0],
}


def evaluation(errors=None, spacing=0.5):
    errors = ERRORS if errors is None else errors
    truth = {image: Landmarks.placed(NAMES, TRUTH) for image in errors}
    found = {
        image: Landmarks.placed(NAMES, TRUTH + np.stack([np.zeros(3), row], axis=1)) for image, row in errors.items()
    }
    return evaluate(found, truth, spacing_mm=dict.fromkeys(truth, (spacing, spacing)) if spacing else None)


@pytest.mark.parametrize(
    ("metric", "image", "landmark"),
    [
        ("mean_radial_error_px", "two off", "angle"),
        ("mean_radial_error_mm", "two off", "angle"),
        ("median_radial_error_px", "two off", "angle"),
        ("p95_radial_error_px", "one far", "border"),
        ("worst_radial_error_px", "one far", "border"),
        ("outlier_rate", "two off", "angle"),
        ("detection_rate_10_mm", "even", "apex"),
        ("n_missing", "missed", "angle"),
    ],
)
def test_each_figure_leads_to_the_image_that_is_worst_for_it(metric, image, landmark):
    assert worst_case(evaluation(), METRICS[metric]) == Case(image, landmark)


def test_among_images_with_as_many_outliers_the_larger_error_is_worse():
    found = evaluation({"near": [51.0, 0.0, 0.0], "far": [0.0, 90.0, 0.0]})

    assert worst_case(found, METRICS["outlier_rate"]) == Case("far", "angle")


def test_a_landmark_that_was_not_found_is_worse_than_any_error_where_it_counts():
    found = evaluation({"missed": [99.0, np.nan, 0.0]})

    assert worst_case(found, METRICS["outlier_rate"]) == Case("missed", "angle")
    assert worst_case(found, METRICS["mean_radial_error_px"]) == Case("missed", "apex")


def test_a_figure_that_is_not_made_of_radial_errors_leads_nowhere():
    assert worst_case(evaluation(), METRICS["mean_normal_error_px"]) is None


@pytest.mark.parametrize("metric", ["n_missing", "outlier_rate", "n_invented", "mean_radial_error_px"])
def test_where_nothing_is_wrong_there_is_no_worst_image(metric):
    assert worst_case(evaluation({"good": [0.0, 0.0, 0.0]}), METRICS[metric]) is None


def test_without_spacing_there_is_no_worst_image_in_millimetres():
    assert worst_case(evaluation(spacing=None), METRICS["mean_radial_error_mm"]) is None


def test_images_without_any_error_are_passed_over():
    truth = {image: Landmarks.placed(NAMES, TRUTH) for image in ("blank", "seen")}
    found = {"seen": Landmarks.placed(NAMES, TRUTH + 3.0)}
    absent = Landmarks(NAMES, np.full((3, 2), np.nan), (LandmarkState.ABSENT,) * 3)

    assert worst_case(evaluate({"blank": absent, **found}, truth), METRICS["median_radial_error_px"]).image == "seen"
