"""Tests of napari_kdland.evaluation.acquisition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.acquisition import STRATEGIES, Candidates, farthest_first, strategy

NAMES = [entry.name for entry in STRATEGIES]
FEATURES = arrays(np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.floats(-5, 5))


def some(n: int = 12, m: int = 3, seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    between = rng.uniform(0, 5, size=(n, 4))
    return Candidates(between, between + 1, rng.normal(size=(n, 3)), rng.normal(size=(m, 3)))


@pytest.mark.parametrize("name", NAMES)
@given(n=st.integers(1, 20), count=st.integers(1, 25), seed=st.integers(0, 99))
def test_every_strategy_gives_every_image_once(name: str, n: int, count: int, seed: int):
    order = strategy(name).order(some(n, seed=seed), count, seed)

    assert sorted(order.tolist()) == list(range(n))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same(name: str):
    way = strategy(name)

    np.testing.assert_array_equal(way.order(some(), 5, 7), way.order(some(), 5, 7))


def test_drawing_depends_on_the_seed():
    way = strategy("random")

    assert way.order(some(), 5, 1).tolist() != way.order(some(), 5, 2).tolist()


@pytest.mark.parametrize("name", ["disagreement", "epistemic"])
def test_the_most_disputed_comes_first_on_the_mean_over_the_landmarks(name: str):
    between = np.array([[1.0, 1], [9, 0], [4, 4], [np.nan, 6]])

    order = strategy(name).order(Candidates(between, between, np.zeros((4, 1)), np.zeros((0, 1))), 2, 0)

    assert order.tolist() == [3, 1, 2, 0]


def test_the_least_sure_landmark_of_an_image_counts():
    total = np.array([[1.0, 1], [9, 0], [4, 4]])

    order = strategy("uncertainty").order(Candidates(0 * total, total, np.zeros((3, 1)), np.zeros((0, 1))), 2, 0)

    assert order.tolist() == [1, 2, 0]


def test_the_farthest_from_all_that_is_labelled_comes_first():
    features = np.array([[0.1], [5], [-9], [5.2]])

    places, radii = farthest_first(features, np.array([[0.0]]), 3)

    assert places.tolist() == [2, 3, 1] or places.tolist()[:2] == [2, 3]
    assert (np.diff(radii) <= 0).all()


def test_where_nothing_is_labelled_the_middle_one_comes_first():
    places, radii = farthest_first(np.array([[-10.0], [1], [9]]), np.zeros((0, 1)), 2)

    assert places.tolist() == [1, 0]
    assert radii[0] == 0


@given(FEATURES, st.integers(1, 30), st.integers(0, 3))
def test_farthest_first_is_unique_and_its_radius_never_grows(features: np.ndarray, count: int, n_labelled: int):
    labelled, own = features[:n_labelled], features[n_labelled:]

    places, radii = farthest_first(own, labelled, count)

    assert len(places) == len(set(places.tolist())) == min(count, len(own))
    grown = radii[1:] if not len(labelled) else radii
    assert (np.diff(grown) <= 1e-9).all()


def test_the_hybrid_takes_far_ones_among_the_disputed_only():
    features = np.array([[0.0], [0.1], [4], [100], [50]])
    between = np.array([[9.0], [8], [7], [0], [6]])

    order = strategy("hybrid").order(Candidates(between, between, features, np.array([[0.0]])), 1, 0)

    assert order[0] == 4
    assert order.tolist()[1:] == [0, 1, 2, 3]


def test_an_unknown_strategy_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no strategy 'best'\. There are: random, disagreement"):
        strategy("best")
