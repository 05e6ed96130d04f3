"""Tests of napari_kdland.evaluation.uncertainty."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.uncertainty import (
    judge,
    quantile_jaccard,
    rank_correlation,
    reliability,
    sparsification,
)

# Apart by more than rounding: neighbouring floats become one when they are multiplied.
POSITIVE = arrays(np.float64, (8, 3), elements=st.integers(1, 10**6).map(lambda number: number / 1e4), unique=True)


def honest(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Errors and the standard deviations that they really have."""
    rng = np.random.default_rng(seed)
    sd = rng.uniform(1, 10, size=n)
    return np.linalg.norm(rng.normal(size=(n, 2)) * sd[:, None], axis=1), sd


def test_honest_uncertainty_lies_on_the_diagonal():
    found = reliability(*honest())

    np.testing.assert_allclose(found.found_px, found.predicted_px, rtol=0.1)
    assert found.ence < 0.05
    assert found.counts.sum() == 4000


def test_uncertainty_half_as_large_as_the_errors_has_an_ence_of_one():
    errors, sd = honest()

    assert reliability(errors, sd / 2).ence == pytest.approx(1, abs=0.05)


def test_bins_hold_five_predictions_at_least_and_are_sorted():
    found = reliability(*honest(23))

    assert found.counts.tolist() == [6, 6, 6, 5]
    assert (np.diff(found.predicted_px) > 0).all()


def test_one_prediction_makes_one_bin_and_none_makes_none():
    one, none = reliability([3.0], [2.0]), reliability([np.nan], [1.0])

    assert (one.predicted_px[0], one.found_px[0]) == (2, pytest.approx(3 / math.sqrt(2)))
    assert len(none.counts) == 0
    assert math.isnan(none.ence)


def test_the_best_order_leaves_no_area_and_the_worst_the_most():
    errors = np.arange(1.0, 101)

    best, worst = sparsification(errors, errors), sparsification(errors, -errors)

    assert best.ause == 0
    assert worst.ause > sparsification(errors, np.random.default_rng(0).random(100)).ause > 0.2


def test_uncertainty_that_never_varies_is_flat_at_one():
    found = sparsification(np.arange(1.0, 11), np.ones(10))

    np.testing.assert_allclose(found.by_uncertainty, 1)
    assert found.by_error[0] == 1
    assert found.by_error[-1] == pytest.approx(1 / 5.5)


def test_half_taken_out_leaves_the_mean_of_the_surer_half():
    found = sparsification([1.0, 2, 3, 10], [1.0, 3, 2, 4])

    assert found.removed.tolist() == [0, 0.25, 0.5, 0.75]
    np.testing.assert_allclose(found.by_uncertainty, np.array([4, 2, 2, 1]) / 4)


@pytest.mark.parametrize("errors", [[], [np.nan], [0.0, 0.0]])
def test_nothing_wrong_has_no_curve(errors: list[float]):
    assert math.isnan(sparsification(errors, np.ones(len(errors))).ause)


@given(POSITIVE, POSITIVE, st.floats(0.1, 10))
def test_ranks_do_not_care_for_units(errors: np.ndarray, sd: np.ndarray, factor: float):
    for figure in (rank_correlation, quantile_jaccard, lambda e, s: sparsification(e, s).ause):
        assert figure(factor * errors, sd) == pytest.approx(figure(errors, sd), nan_ok=True)
        assert figure(errors, factor * sd) == pytest.approx(figure(errors, sd), nan_ok=True)


@given(POSITIVE, POSITIVE, st.permutations(range(24)))
def test_the_order_of_predictions_says_nothing(errors: np.ndarray, sd: np.ndarray, order: list[int]):
    for figure in (
        rank_correlation,
        quantile_jaccard,
        lambda e, s: sparsification(e, s).ause,
        lambda e, s: reliability(e, s).ence,
    ):
        assert figure(errors.ravel()[order], sd.ravel()[order]) == pytest.approx(figure(errors, sd), nan_ok=True)


@given(POSITIVE)
def test_a_prediction_that_is_not_known_changes_nothing(errors: np.ndarray):
    sd = errors[::-1]
    more = np.append(errors.ravel(), [np.nan, 5.0]), np.append(sd.ravel(), [1.0, np.nan])

    for figure in (rank_correlation, quantile_jaccard, lambda e, s: sparsification(e, s).ause):
        assert figure(*more) == pytest.approx(figure(errors, sd), nan_ok=True)


@given(POSITIVE, POSITIVE)
def test_sparsification_is_never_better_than_the_errors_own_order(errors: np.ndarray, sd: np.ndarray):
    found = sparsification(errors, sd)

    assert (found.by_uncertainty >= found.by_error - 1e-9).all()
    assert found.ause >= -1e-9


def test_bins_of_one_order_are_the_same_and_of_the_opposite_order_share_the_middle_one():
    errors = np.arange(1.0, 51)

    assert quantile_jaccard(errors, errors**2) == 1
    assert quantile_jaccard(errors, -errors) == pytest.approx(1 / 5)
    assert math.isnan(quantile_jaccard([1.0, 2], [1.0, 2]))


def test_a_correlation_of_what_does_not_vary_is_not_known():
    assert math.isnan(rank_correlation([1.0, 2, 3, 4], [2.0, 2, 2, 2]))
    assert rank_correlation([1.0, 2, 3, 4], [2.0, 3, 9, 10]) == 1


def test_all_figures_of_a_run_at_once():
    errors, sd = (values.reshape(-1, 2) for values in honest(160))
    names = ("apex", "angle")

    figures = judge(Calibration("heatmap", names, errors[:40], sd[:40] / 3), errors[40:], sd[40:] / 3)

    assert (figures.n_images, figures.n_predictions) == (40, 80)
    assert figures.ence < 0.4
    assert figures.scale == {name: pytest.approx(3, rel=0.2) for name in names}
    assert [one.level for one in figures.coverage] == [0.8, 0.9, 0.95]
    assert all(one.covered > one.level - 0.15 for one in figures.coverage)
    assert figures.spearman_per_landmark.keys() == set(names)
    plain = figures.to_json()
    assert {"ence", "ause", "spearman", "jaccard", "coverage", "reliability"} <= plain.keys()
    json.dumps(plain, allow_nan=False)


def test_what_few_validation_images_cannot_say_is_noted():
    errors, sd = (values.reshape(-1, 2) for values in honest(40))

    figures = judge(Calibration("heatmap", ("apex", "angle"), errors[:10], sd[:10]), errors[10:], sd[10:])

    (note,) = figures.notes
    assert "95 %" in note
    assert "there are 10" in note
