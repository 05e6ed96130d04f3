import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from napari_kdland.anatomy import Landmarks, LandmarkState

NAMES = ("apex", "angle", "wall")
S = LandmarkState


def some_landmarks() -> Landmarks:
    known = {"apex": (S.UNCERTAIN, (1.5, 2.5)), "wall": (S.ABSENT, None)}
    return Landmarks.from_mapping(NAMES, known)


@pytest.mark.parametrize("state", [S.PLACED, S.OCCLUDED, S.UNCERTAIN])
def test_placed_occluded_and_uncertain_carry_a_point(state: LandmarkState):
    assert state.has_point


@pytest.mark.parametrize("state", [S.ABSENT, S.NOT_YET])
def test_absent_and_not_yet_carry_no_point(state: LandmarkState):
    assert not state.has_point


@pytest.mark.parametrize(
    ("state", "point"),
    [
        (S.PLACED, (np.nan, np.nan)),
        (S.PLACED, (1.0, np.nan)),
        (S.PLACED, (np.inf, 1.0)),
        (S.ABSENT, (1.0, 2.0)),
        (S.ABSENT, (1.0, np.nan)),
        (S.NOT_YET, (np.inf, np.nan)),
    ],
)
def test_a_point_that_does_not_fit_its_state_is_refused(state: LandmarkState, point: tuple[float, float]):
    with pytest.raises(ValueError, match=f"'apex' is {state.value}, but its point is"):
        Landmarks(("apex",), np.array([point]), (state,))


def test_unequal_counts_are_refused():
    with pytest.raises(ValueError, match="1 names, 2 points, 1 states: expected equal counts"):
        Landmarks(("apex",), np.zeros((2, 2)), (S.PLACED,))


def test_a_name_twice_is_refused():
    with pytest.raises(ValueError, match="unique: apex, apex"):
        Landmarks.not_yet(["apex", "apex"])


def test_no_landmarks_at_all_are_landmarks_too():
    landmarks = Landmarks.not_yet([])

    assert len(landmarks) == 0
    assert landmarks.points.shape == (0, 2)


def test_points_that_are_nan_are_not_yet_placed():
    landmarks = Landmarks.placed(NAMES, np.array([[1, 2], [np.nan, np.nan], [3, np.nan]]))

    assert landmarks.states == (S.PLACED, S.NOT_YET, S.NOT_YET)
    assert np.isnan(landmarks.points[1:]).all()


def test_landmarks_from_a_mapping_follow_the_order_of_the_names():
    landmarks = some_landmarks()

    assert landmarks.states == (S.UNCERTAIN, S.NOT_YET, S.ABSENT)
    assert_array_equal(landmarks["apex"], [1.5, 2.5])


def test_landmarks_keep_their_points_when_the_callers_array_changes():
    points = np.ones((1, 2))
    landmarks = Landmarks.placed(["apex"], points)

    points[:] = 7

    assert_array_equal(landmarks["apex"], [1, 1])


def test_absent_counts_as_known_and_not_yet_does_not():
    assert some_landmarks().n_known == 2
    assert_array_equal(some_landmarks().has_point, [True, False, False])


def test_one_state_is_asked_by_name():
    assert some_landmarks().state_of("wall") is S.ABSENT


def test_going_through_landmarks_gives_name_state_and_point():
    name, state, point = next(iter(some_landmarks()))

    assert (name, state, point.tolist()) == ("apex", S.UNCERTAIN, [1.5, 2.5])


def test_equal_landmarks_are_equal_although_they_hold_nan():
    assert some_landmarks() == some_landmarks()


def test_landmarks_differ_where_a_number_does():
    other = Landmarks(NAMES, some_landmarks().points, some_landmarks().states, sd_px=np.full(3, np.nan))

    assert some_landmarks() != other
    assert some_landmarks() != "landmarks"


def test_reordering_takes_spread_and_confidence_along_and_leaves_unknown_names_not_yet():
    landmarks = Landmarks(
        ("apex", "angle"), np.array([[1, 2], [3, 4]]), (S.PLACED, S.PLACED), np.array([0.1, 0.2]), np.array([0.8, 0.9])
    )

    other = landmarks.reordered(["angle", "hilum"])

    assert other.states == (S.PLACED, S.NOT_YET)
    assert_array_equal(other.points, [[3, 4], [np.nan, np.nan]])
    assert_array_equal(other.sd_px, [0.2, np.nan])
    assert_array_equal(other.confidence, [0.9, np.nan])


@given(st.permutations(NAMES))
def test_reordering_there_and_back_gives_the_same_landmarks(order: list[str]):
    assert some_landmarks().reordered(order).reordered(NAMES) == some_landmarks()
