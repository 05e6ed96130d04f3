import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.evaluation.effects import hierarchical_interval, means, medians, nested_interval, rank_biserial
from tests.evaluation.factories import published_cases

differences = st.lists(st.floats(-50, 50).map(lambda value: round(value, 2)), min_size=2, max_size=15)


def test_the_rank_biserial_correlation_is_the_favourable_rank_sum_less_the_rest():
    # Ranks 1, 2, 3, 4 of which 3 is negative: (1 + 2 + 4 - 3) / 10.
    assert_allclose(rank_biserial([1.0, 2.0, -3.0, 4.0]), [0.4])


def test_zeros_have_no_rank():
    assert_allclose(rank_biserial([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), [1, 0])


def test_rank_biserial_correlations_agree_with_the_published_ones(shared):
    for case, given_, expected in published_cases(shared, "scipy_wilcoxon"):
        found = rank_biserial(given_["x"] - given_["y"])

        assert_allclose(found[0], expected["rank_biserial_by_formula"], rtol=1e-9, err_msg=case["case"])


@settings(deadline=None)
@given(differences, st.sampled_from([0.25, 2.0, 64.0]), st.randoms(use_true_random=False))
def test_neither_order_nor_scale_changes_a_rank_biserial_correlation_and_swapping_turns_its_sign(values, scale, random):
    effect = rank_biserial(values)
    shuffled = random.sample(values, len(values))

    assert -1 <= effect[0] <= 1
    assert_allclose(rank_biserial(shuffled), effect)
    assert_allclose(rank_biserial(scale * np.array(values)), effect)
    assert_allclose(rank_biserial(np.negative(values)), -effect)


def test_seeds_that_differ_widen_the_interval():
    errors = np.random.default_rng(0).normal(10, 1, 40)
    alike, apart = np.stack([errors] * 3), np.stack([errors - 3, errors, errors + 3])

    narrow = hierarchical_interval(alike, alike - 1, means)
    wide = hierarchical_interval(apart, apart - 1, means)

    assert_allclose(narrow, [1, 1])
    assert wide[0] < 0 < 2 < wide[1]


def test_one_seed_each_is_the_bootstrap_over_images():
    values = np.random.default_rng(1).normal(2, 1, (1, 60))

    low, high = hierarchical_interval(values, np.zeros((1, 60)), means)

    half = 1.96 * values.std() / 60**0.5
    assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.05)


def test_images_of_both_methods_are_drawn_together():
    hard = 100 * np.random.default_rng(2).random((1, 30))

    assert_allclose(hierarchical_interval(hard + 1, hard, medians), [1, 1])


def test_what_a_draw_of_labels_does_to_both_methods_is_not_in_the_interval_of_their_difference():
    errors = np.random.default_rng(3).normal(10, 1, (2, 30))
    draws = [errors[:1] + luck for luck in (0.0, 5.0, 20.0)]

    low, high = nested_interval(draws, [draw - 1 for draw in draws], means)

    assert_allclose([low, high], [1, 1])


def test_a_difference_that_depends_on_the_draw_widens_the_interval():
    errors = np.full((2, 30), 10.0)

    low, high = nested_interval([errors, errors + 6, errors], [errors, errors, errors], means)

    assert low == 0
    assert high >= 4


def test_one_draw_is_the_interval_over_seeds_and_images():
    first, second = np.random.default_rng(4).normal(10, 1, (2, 3, 20))

    assert nested_interval([first], [second], means) == hierarchical_interval(first, second, means)


def test_draws_that_one_method_lacks_are_refused():
    with pytest.raises(ValueError, match="2 and 1 draws of labels: expected the same ones"):
        nested_interval([np.zeros((1, 3))] * 2, [np.zeros((1, 3))], means)


def test_other_images_are_refused():
    with pytest.raises(ValueError, match="3 and 4 images: expected the same number"):
        hierarchical_interval(np.zeros((1, 3)), np.zeros((1, 4)), means)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(2, 10), st.integers(0, 999))
def test_equal_methods_have_an_interval_about_zero_and_swapping_mirrors_it(n_seeds, n_images, seed):
    errors = np.random.default_rng(seed).random((n_seeds, n_images)).round(3)
    other = errors[:1] * 1.5

    equal = hierarchical_interval(errors[:1], errors[:1], medians, n_resamples=200)
    low, high = hierarchical_interval(errors, other, means, n_resamples=400)

    assert equal == (0, 0)
    assert low <= high
    assert (errors.min(0) - other[0]).min() - 1e-9 <= low
    assert high <= (errors.max(0) - other[0]).max() + 1e-9
