import gc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from napari_kdland.evaluation.statistics import bootstrap_interval, holm, paired_difference, wilcoxon_p
from tests.evaluation.factories import published_cases

NAN = np.nan


def test_the_difference_is_negative_where_the_first_run_is_better():
    first, second = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [6.0]])

    difference = paired_difference(first, second)

    assert difference.mean == -2
    assert difference.low < -2 < difference.high < 0


def test_only_landmarks_that_both_runs_have_are_compared():
    first, second = np.array([[1.0, NAN], [1.0, 1.0]]), np.array([[2.0, 90.0], [2.0, 2.0]])

    difference = paired_difference(first, second)

    assert difference.mean == -1


def test_an_image_without_a_common_landmark_is_not_counted():
    first, second = np.array([[1.0, NAN], [1.0, 1.0]]), np.array([[NAN, 90.0], [2.0, 2.0]])

    difference = paired_difference(first, second)

    assert difference.n_images == 1


def test_one_image_has_a_difference_but_no_interval():
    difference = paired_difference(np.array([[1.0, 2.0]]), np.array([[3.0, 3.0]]))

    assert difference.mean == -1.5
    assert difference.low is difference.high is difference.p_value is None


def test_no_common_landmark_gives_no_difference():
    difference = paired_difference(np.array([[NAN]]), np.array([[1.0]]))

    assert np.isnan(difference.mean)
    assert difference.n_images == 0


def test_equal_runs_differ_by_nothing():
    errors = np.arange(24.0).reshape(8, 3)

    difference = paired_difference(errors, errors)

    assert (difference.mean, difference.low, difference.high, difference.p_value) == (0, 0, 0, 1)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(3).normal(size=20)

    assert bootstrap_interval(values, seed=5) == bootstrap_interval(values, seed=5)


def test_two_distinct_values_still_give_an_interval():
    low, high = bootstrap_interval([0.0, 0.0, 0.0, 0.0, 0.0, 4.0])

    assert 0 <= low < high <= 4


def test_the_interval_of_a_skewed_sample_leans_to_its_tail():
    values = np.array([0.0] * 12 + [1.0, 2.0, 10.0])

    low, high = bootstrap_interval(values)

    assert high - values.mean() > 2 * (values.mean() - low)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-50, 50).map(lambda value: round(value, 3)), min_size=2, max_size=15))
def test_an_interval_lies_within_the_values(values):
    low, high = bootstrap_interval(values, n_resamples=200)

    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=15))
def test_the_wilcoxon_p_value_has_no_direction(differences):
    p = wilcoxon_p(differences)

    assert 0 <= p <= 1
    assert p == pytest.approx(wilcoxon_p(np.negative(differences)))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=6).filter(any))
def test_ties_and_zeros_among_few_pairs_are_tested_as_scipy_does(differences):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = stats.wilcoxon(differences).pvalue

    assert wilcoxon_p(differences) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [13, 14])
def test_all_choices_of_signs_are_tried_as_far_as_scipy_does(n):
    differences = np.round(np.random.default_rng(n).normal(0.6, 1, n), 1)
    differences[:2] = 0.5, -0.5

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = stats.wilcoxon(differences).pvalue

    assert wilcoxon_p(differences) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_an_adjusted_p_value_is_never_smaller(p_values):
    adjusted = holm(p_values)

    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))


def test_adjusting_leaves_the_collector_of_garbage_as_it_was():
    before = gc.get_freeze_count()

    holm([0.01, 0.04])

    assert gc.get_freeze_count() == before


def test_a_run_without_a_p_value_is_not_counted_in_the_adjustment():
    assert holm([None, 0.01, 0.04]) == (None, 0.02, 0.04)


def test_bootstrap_intervals_agree_with_the_published_ones(shared):
    for case, given_, expected in published_cases(shared, "scipy_bootstrap"):
        level, statistic = case["parameters"]["confidence_level"], getattr(np, case["parameters"]["statistic"])

        interval = bootstrap_interval(given_["y"] - given_["x"], statistic=statistic, confidence=level)

        assert_allclose(interval, expected["BCa_interval"], **case["tolerance"]["BCa_interval"])


def test_wilcoxon_p_values_agree_with_the_published_ones(shared):
    for case, given_, expected in published_cases(shared, "scipy_wilcoxon"):
        p = wilcoxon_p(given_["x"] - given_["y"])

        assert_allclose(p, expected["p_default"], **case["tolerance"]["p_default"])


def test_adjusted_p_values_agree_with_the_published_ones(shared):
    for case, given_, expected in published_cases(shared, "statsmodels_multipletests"):
        assert_allclose(holm(given_["p"].tolist()), expected["p_holm"], **case["tolerance"]["p_holm"])
