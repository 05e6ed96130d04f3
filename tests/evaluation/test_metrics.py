import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from napari_kdland.evaluation.metrics import Limits, detection_rate, image_means, radial_errors, summarise
from tests.evaluation.factories import published_cases

NAN = np.nan
coordinates = st.floats(-1000, 1000) | st.just(NAN)
point_sets = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
    lambda size: st.tuples(*[arrays(np.float64, (*size, 2), elements=coordinates)] * 2)
)


def test_the_error_is_the_distance_between_the_points():
    errors = radial_errors([[[3.0, 0.0], [1.0, 1.0]]], [[[0.0, 4.0], [1.0, 1.0]]])

    assert_allclose(errors, [[5, 0]])


def test_row_spacing_scales_y_and_column_spacing_scales_x():
    errors = radial_errors([[[1.0, 0.0], [0.0, 1.0]]], [[[0.0, 0.0], [0.0, 0.0]]], spacing_mm=[[0.2, 0.7]])

    assert_allclose(errors, [[0.2, 0.7]])


def test_half_a_point_is_no_point():
    errors = radial_errors([[[NAN, 2.0], [1.0, np.inf]]], [[[0.0, 2.0], [1.0, 1.0]]])

    assert np.isnan(errors).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected two equal shapes \(N, L, 2\)"):
        radial_errors(np.zeros((1, 2, 2)), np.zeros((1, 3, 2)))


def test_a_spacing_for_another_number_of_images_is_refused():
    with pytest.raises(ValueError, match=r"expected \(2, 2\)"):
        radial_errors(np.zeros((2, 3, 2)), np.zeros((2, 3, 2)), spacing_mm=[[1.0, 1.0]])


@settings(deadline=None)
@given(point_sets)
def test_an_error_is_missing_exactly_where_a_point_is_missing(points):
    predicted, truth = points

    errors = radial_errors(predicted, truth)

    missing = np.isnan(predicted).any(axis=2) | np.isnan(truth).any(axis=2)
    assert np.array_equal(np.isnan(errors), missing)


@settings(deadline=None)
@given(point_sets)
def test_points_are_at_no_distance_from_themselves(points):
    errors = radial_errors(points[0], points[0])

    assert not np.nan_to_num(errors).any()


@settings(deadline=None)
@given(point_sets)
def test_errors_are_the_same_in_either_direction(points):
    predicted, truth = points

    assert_allclose(radial_errors(predicted, truth), radial_errors(truth, predicted))


@settings(deadline=None)
@given(point_sets, st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_moving_truth_and_prediction_together_changes_no_error(points, shift):
    predicted, truth = points

    moved = radial_errors(predicted + np.array(shift), truth + np.array(shift))

    assert_allclose(moved, radial_errors(predicted, truth), atol=1e-9)


@settings(deadline=None)
@given(point_sets, st.floats(0.01, 100))
def test_errors_grow_with_the_image(points, scale):
    predicted, truth = points

    scaled = radial_errors(scale * predicted, scale * truth)

    assert_allclose(scaled, scale * radial_errors(predicted, truth), atol=1e-9)


@settings(deadline=None)
@given(point_sets, st.randoms(use_true_random=False))
def test_the_order_of_images_and_landmarks_changes_no_figure(points, random):
    errors = radial_errors(*points)
    rows, columns = list(range(errors.shape[0])), list(range(errors.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)

    first, second = summarise(errors), summarise(errors[np.ix_(rows, columns)])

    assert_allclose(second.mean_radial_error_px, first.mean_radial_error_px)
    assert_allclose(second.sd_radial_error_px, first.sd_radial_error_px, atol=1e-9)
    assert second.p95_radial_error_px == pytest.approx(first.p95_radial_error_px, nan_ok=True)
    assert second.n_missing == first.n_missing


def test_the_mean_weighs_images_not_landmarks():
    summary = summarise(np.array([[10.0, 10.0, 10.0], [2.0, NAN, NAN]]))

    assert summary.mean_radial_error_px == pytest.approx(6)
    assert summary.sd_radial_error_px == pytest.approx(np.std([10, 2], ddof=1))


def test_median_and_percentile_weigh_landmarks():
    summary = summarise(np.array([[10.0, 10.0, 10.0], [2.0, NAN, NAN]]))

    assert summary.median_radial_error_px == 10
    assert summary.worst_radial_error_px == 10
    assert summary.n_landmarks == 4


def test_an_image_without_an_error_has_no_mean():
    means = image_means(np.array([[1.0, 3.0], [NAN, NAN]]))

    assert_allclose(means, [2, NAN])


def test_a_landmark_without_a_prediction_is_missing_undetected_and_an_outlier():
    errors = np.array([[1.0, NAN, NAN, 60.0]])
    has_truth = np.array([[True, True, False, True]])

    summary = summarise(errors, has_truth=has_truth)

    assert summary.n_missing == 1
    assert summary.outlier_rate == pytest.approx(2 / 3)
    assert summary.detection_rates[3.0] == pytest.approx(1 / 3)
    assert summary.per_landmark["2"].n_missing == 1


def test_a_landmark_at_exactly_the_radius_is_detected():
    assert detection_rate(np.array([2.0, 2.1]), 2.0) == 0.5


def test_an_error_of_exactly_the_limit_is_no_outlier():
    summary = summarise(np.array([[50.0, 50.1]]), limits=Limits(outlier_px=50))

    assert summary.outlier_rate == 0.5


def test_one_image_has_a_mean_but_no_spread():
    summary = summarise(np.array([[1.0, 3.0]]))

    assert summary.mean_radial_error_px == 2
    assert np.isnan(summary.sd_radial_error_px)


def test_nothing_measured_gives_no_figure():
    summary = summarise(np.full((2, 3), NAN))

    assert np.isnan([summary.mean_radial_error_px, summary.p95_radial_error_px, summary.outlier_rate]).all()
    assert summary.n_images == 0


def test_millimetres_stay_out_unless_given():
    px = np.array([[1.0, 3.0]])

    assert summarise(px).mean_radial_error_mm is None
    assert summarise(px, errors_mm=px / 2).mean_radial_error_mm == 1


def test_the_json_holds_the_promised_keys_and_no_nan():
    summary = summarise(np.array([[1.0, NAN]]), names=["apex", "angle"])

    values = json.loads(json.dumps(summary.to_json(), allow_nan=False))

    promised = {"mean_radial_error_px", "median_radial_error_px", "p95_radial_error_px", "n_images", "per_landmark"}
    assert promised <= set(values)
    assert values["per_landmark"]["angle"]["mean_radial_error_px"] is None
    assert values["detection_rates"]["3"] == 1


def test_point_errors_agree_with_the_published_code(shared):
    for case, given_, expected in published_cases(shared, "landmarker_point_error_sdr"):
        errors = radial_errors(given_["pred_yx"], given_["true_yx"], spacing_mm=given_.get("pixel_spacing_yx"))

        assert_allclose(errors, expected["error_none"], **case["tolerance"]["error_none"])
        assert_allclose(errors[np.isfinite(errors)].mean(), expected["error_nanmean"], rtol=1e-6)


def test_detection_rates_agree_with_the_published_code(shared):
    for case, given_, expected in published_cases(shared, "landmarker_point_error_sdr"):
        errors = radial_errors(given_["pred_yx"], given_["true_yx"], spacing_mm=given_.get("pixel_spacing_yx"))
        limits = Limits(detection_px=tuple(case["parameters"]["radii"]))

        rates = list(summarise(errors, limits=limits).detection_rates.values())

        name = "sdr_percent_missing_excluded_by_formula"
        assert_allclose(np.multiply(rates, 100), expected[name], **case["tolerance"][name])


def test_errors_on_resized_images_agree_with_the_published_code(shared):
    for case, given_, expected in published_cases(shared, "landmarker_point_error_resized"):
        grown = (given_["dim_orig"] + 2 * given_["padding"]) / np.array(case["parameters"]["dim"])

        errors = radial_errors(given_["pred_yx"], given_["true_yx"], spacing_mm=grown * given_["pixel_spacing_yx"])

        assert_allclose(errors, expected["error_none"], **case["tolerance"]["error_none"])
