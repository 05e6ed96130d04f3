"""Tests of napari_kdland.evaluation.conformal."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from napari_kdland.errors import UsageError
from napari_kdland.evaluation import conformal
from tests.evaluation.factories import published_cases

SOME_LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
SCORES = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 100))


def test_radii_are_those_computed_with_exact_fractions(shared: Path):
    cases = list(published_cases(shared, "split_conformal_radius"))

    assert cases
    for case, given_, expected in cases:
        for level in (0.5, 0.8, 0.9, 0.95, 0.99):
            found = conformal.radius(given_["scores"], level)
            np.testing.assert_allclose(found, expected[f"radius_{level:g}"], **case["tolerance"][f"radius_{level:g}"])
            assert conformal.rank(len(given_["scores"]), level) == expected[f"rank_{level:g}"], case["case"]


def test_simultaneous_radii_are_those_by_formula(shared: Path):
    cases = list(published_cases(shared, "split_conformal_simultaneous"))

    assert cases
    for case, given_, expected in cases:
        for name, radii in expected.items():
            level = float(name.partition("_")[2])
            found = conformal.simultaneous_factor(given_["error"], given_["scale"], level) * given_["scale_new"]
            np.testing.assert_allclose(found, radii, **case["tolerance"][name])


@pytest.mark.parametrize(
    ("n", "level", "place"),
    [(9, 0.9, 9), (10, 0.95, None), (10, 0.9, 10), (19, 0.95, 19), (20, 0.95, 20), (40, 0.95, 39), (100, 0.9, 91)],
)
def test_the_radius_of_few_images_is_the_right_score_or_infinite(n: int, level: float, place: int | None):
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))

    assert conformal.radius(scores, level) == (math.inf if place is None else place)


def test_a_level_is_the_decimal_as_written_and_not_a_little_more():
    assert conformal.rank(99, 0.55) == 55


@pytest.mark.parametrize(("level", "n"), [(0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.5, 1)])
def test_it_is_known_how_many_images_a_level_needs(level: float, n: int):
    assert conformal.images_needed(level) == n
    assert conformal.rank(n, level) == n
    assert conformal.rank(n - 1, level) == n


@pytest.mark.parametrize("level", [0, 1, 1.5, -0.1])
def test_a_level_that_is_no_probability_is_refused(level: float):
    with pytest.raises(UsageError, match=r"is no probability between 0 and 1\. Choose one such as 0.9"):
        conformal.radius([1, 2], level)


@given(SCORES, SOME_LEVELS, SOME_LEVELS)
def test_a_surer_radius_is_never_smaller(scores: np.ndarray, level: float, other: float):
    low, high = sorted((level, other))

    assert conformal.radius(scores, low) <= conformal.radius(scores, high)


@given(SCORES, SOME_LEVELS, st.randoms(use_true_random=False))
def test_the_order_of_the_images_says_nothing(scores: np.ndarray, level: float, random):
    shuffled = scores.tolist()
    random.shuffle(shuffled)

    assert conformal.radius(shuffled, level) == conformal.radius(scores, level)


@given(SCORES, SOME_LEVELS, st.floats(0.1, 10))
def test_a_radius_grows_with_the_errors(scores: np.ndarray, level: float, factor: float):
    assert conformal.radius(factor * scores, level) == pytest.approx(factor * conformal.radius(scores, level))


@given(arrays(np.float64, (12, 4), elements=st.floats(0, 50)), st.permutations(range(4)))
def test_the_order_of_the_landmarks_says_nothing(errors: np.ndarray, order: list[int]):
    scale = np.full((12, 4), 2.0)

    found = conformal.landmark_factors(errors, scale, 0.8)

    np.testing.assert_array_equal(conformal.landmark_factors(errors[:, order], scale, 0.8), found[order])
    together = conformal.simultaneous_factor(errors, scale, 0.8)
    assert conformal.simultaneous_factor(errors[:, order], scale, 0.8) == together >= found.max()


def test_landmarks_that_are_not_known_are_left_out_of_their_own_scores():
    errors = np.ones((9, 2))
    errors[0, 1] = np.nan

    factors = conformal.landmark_factors(errors, np.ones((9, 2)), 0.9)

    assert factors.tolist() == [1.0, math.inf]
    assert conformal.simultaneous_factor(errors, np.ones((9, 2)), 0.9) == 1


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_exchangeable_images_are_covered_as_often_as_promised(level: float):
    rng = np.random.default_rng(1)
    n, tries = 30, 2000

    # The scale is of no use at all: coverage must hold all the same.
    errors, scale = rng.exponential(size=(tries, n + 1)), rng.uniform(0.5, 2, size=(tries, n + 1))
    radii = [conformal.landmark_factors(e[:n, None], s[:n, None], level)[0] for e, s in zip(errors, scale, strict=True)]
    covered = int((errors[:, n] <= np.array(radii) * scale[:, n]).sum())

    expected = conformal.rank(n, level) / (n + 1)
    assert stats.binom(tries, expected).ppf(0.0005) <= covered <= stats.binom(tries, expected).ppf(0.9995)


def test_coverage_counts_landmarks_and_whole_images():
    known = (np.tile(np.arange(1.0, 10), (2, 1)).T, np.ones((9, 2)))
    tried = (np.array([[1.0, 20], [9, 9], [np.nan, 3]]), np.array([[1.0, 1], [1, 1], [1, 2]]))

    found = conformal.coverage(known, tried, 0.9, ("apex", "angle"))

    assert (found.n_calibration, found.n_images, found.note) == (9, 3, "")
    assert found.covered == pytest.approx(4 / 5)
    assert found.per_landmark == {"apex": 1.0, "angle": pytest.approx(2 / 3)}
    assert found.all_covered == pytest.approx(2 / 3)
    assert found.mean_radius_px == found.mean_simultaneous_radius_px == pytest.approx(9 * 6 / 5)


def test_too_few_images_are_said_so_in_words():
    found = conformal.coverage((np.ones((8, 1)), np.ones((8, 1))), (np.ones((3, 1)), np.ones((3, 1))), 0.9, ("apex",))

    assert (found.mean_radius_px, found.covered) == (math.inf, 1.0)
    assert found.note.startswith("A radius that holds in 90 % of cases needs 9 or more annotated validation images")
    assert "there are 8: the radius is infinite" in found.note
    plain = found.to_json()
    assert plain["mean_radius_px"] is None
    json.dumps(plain, allow_nan=False)


def test_a_wrong_landmark_that_claims_to_be_exact_scores_infinity_and_a_right_one_nothing():
    assert conformal.scores([[0.0, 1.0, np.nan]], [[0.0, 0.0, 1.0]])[0, :2].tolist() == [0, math.inf]
