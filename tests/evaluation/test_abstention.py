"""Tests of napari_kdland.evaluation.abstention."""

import math

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.abstention import Limit, marked, to_look_at
from tests.evaluation.factories import absent, some_landmarks

PLACED, UNCERTAIN = LandmarkState.PLACED, LandmarkState.UNCERTAIN


def test_landmarks_beyond_the_limit_are_marked_and_keep_their_points():
    landmarks = some_landmarks((1, 2), (3, 4), (5, 6))

    found = marked(landmarks, np.array([9.0, 10.0, 10.1]), Limit(10))

    assert found.states == (PLACED, PLACED, UNCERTAIN)
    assert to_look_at(found).tolist() == [False, False, True]
    np.testing.assert_array_equal(found.points, landmarks.points)
    assert found.radius_px.tolist() == [9, 10, 10.1]


def test_a_radius_that_nobody_knows_is_beyond_every_limit():
    assert marked(some_landmarks((1, 2)), np.array([math.inf]), Limit(1000)).states == (UNCERTAIN,)


def test_without_a_limit_nothing_is_marked():
    assert marked(some_landmarks((1, 2)), np.array([math.inf]), Limit()).states == (PLACED,)


def test_a_landmark_that_is_not_there_stays_so_and_has_no_radius():
    found = marked(absent(), np.full(3, math.inf), Limit(1))

    assert found.states == (LandmarkState.ABSENT,) * 3
    assert np.isnan(found.radius_px).all()


@pytest.mark.parametrize(("beyond", "level", "message"), [(0, 0.9, "above 0 px, found 0"), (5, 2, "no probability")])
def test_a_limit_that_means_nothing_is_refused(beyond: float, level: float, message: str):
    with pytest.raises(UsageError, match=message):
        Limit(beyond, level)


def test_radii_take_part_in_equality_and_order():
    first = marked(some_landmarks((1, 2), (3, 4)), np.array([1.0, 2.0]), Limit())

    assert first != some_landmarks((1, 2), (3, 4))
    assert isinstance(first, Landmarks)
    assert first.reordered(("angle", "apex")).radius_px.tolist() == [2, 1]
