import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.evaluation.ranking import rank
from napari_kdland.evaluation.uncertainty import rank_correlation
from tests.evaluation.factories import published_cases

NAMES = ("a", "b", "c", "d")


def some_errors(n=30, k=4, seed=0):
    return np.random.default_rng(seed).gamma(3, 1, (n, k)) + np.arange(k)


def test_the_run_with_the_smallest_errors_has_rank_one():
    ranking = rank(NAMES[:3], np.array([[1.0, 2, 3], [1, 3, 2], [1, 2, 3]]))

    assert_allclose(ranking.mean_ranks, [1, 7 / 3, 8 / 3])


def test_ranks_and_tests_agree_with_the_published_ones(shared):
    for case, given_, expected in published_cases(shared, "scipy_friedman_spearman"):
        errors = given_["scores_patients_x_methods"]

        ranking = rank([str(index) for index in range(errors.shape[1])], errors)

        assert_allclose(ranking.statistic, expected["friedman_stat"], **case["tolerance"]["friedman_stat"])
        assert_allclose(ranking.p_value, expected["friedman_p"], **case["tolerance"]["friedman_p"])
        assert_allclose(ranking.mean_ranks, expected["mean_ranks"], **case["tolerance"]["mean_ranks"])
        rho = rank_correlation(given_["error"], given_["uncertainty"])
        assert_allclose(rho, expected["spearman_rho"], **case["tolerance"]["spearman_rho"])


@pytest.mark.parametrize(("k", "q"), [(3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_the_critical_difference_has_the_values_of_demsars_table(k, q):
    ranking = rank([str(index) for index in range(k)], some_errors(30, k))

    # Demsar 2006, table 5 (a); CD = q sqrt(k (k + 1) / (6 N)).
    assert_allclose(ranking.critical_difference, q * (k * (k + 1) / 180) ** 0.5, rtol=3e-4)


def test_runs_that_lie_near_each_other_stand_in_one_group():
    errors = np.random.default_rng(0).normal(0, 1, (40, 4)) + np.array([0, 0.1, 9, 9.1])

    assert [set(group) for group in rank(NAMES, errors).alike] == [{"a", "b"}, {"c", "d"}]


def test_equal_runs_share_a_rank_and_are_all_alike():
    ranking = rank(NAMES, np.ones((5, 4)))

    assert (ranking.statistic, ranking.p_value) == (0, 1)
    assert set(ranking.mean_ranks) == {2.5}
    assert set(ranking.alike[0]) == set(NAMES)


def test_an_image_that_a_run_has_no_error_for_is_counted():
    errors = some_errors()
    errors[3, 1] = np.nan

    assert (rank(NAMES, errors).n_images, rank(NAMES, errors).n_left_out) == (29, 1)


@pytest.mark.parametrize("shape", [(30, 2), (2, 4)])
def test_a_pair_and_two_images_have_no_ranking(shape):
    assert rank(NAMES[: shape[1]], np.ones(shape)) is None


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(4)), st.permutations(range(12)), st.floats(0.01, 100), st.integers(0, 99))
def test_neither_order_nor_scale_changes_a_rank(columns, rows, scale, seed):
    errors = some_errors(12, seed=seed)

    first = rank(NAMES, errors)
    second = rank([NAMES[i] for i in columns], scale * errors[np.ix_(rows, columns)])

    assert_allclose(second.mean_ranks, np.array(first.mean_ranks)[list(columns)])
    assert second.p_value == pytest.approx(first.p_value)
