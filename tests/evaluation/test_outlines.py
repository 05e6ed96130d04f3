import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Group, Landmarks, Measures
from napari_kdland.evaluation.outlines import parts, tangents
from napari_kdland.evaluation.scoring import evaluate

NAMES = tuple(f"rim_{index}" for index in range(8))
RIM = Measures(groups=(Group(name="rim", title="Rim", landmarks=("rim_*",), outline="closed"),))
ANGLES = np.linspace(0, 2 * np.pi, 8, endpoint=False)
CIRCLE = 50 + 20 * np.stack([np.sin(ANGLES), np.cos(ANGLES)], axis=1)


def split(found, true=CIRCLE, measures=RIM, **given_):
    landmarks = [{"a.png": Landmarks.placed(NAMES, points)} for points in (found, true)]
    return parts(evaluate(*landmarks, measures=measures, **given_))


def test_growing_a_circle_is_all_across_and_turning_it_is_almost_all_along():
    grown = split(50 + 1.1 * (CIRCLE - 50))
    turned = split(50 + 20 * np.stack([np.sin(ANGLES + 0.01), np.cos(ANGLES + 0.01)], axis=1))

    assert_allclose(grown.normal, 2, atol=1e-9)
    assert_allclose(grown.tangential, 0, atol=1e-9)
    assert_allclose(turned.tangential, 0.2, rtol=1e-3)
    assert (turned.normal < 0.002).all()


def test_the_ends_of_an_open_outline_take_the_direction_of_their_one_neighbour():
    along = tangents(np.array([[[0.0, 0.0], [0.0, 5.0], [5.0, 5.0]]]), is_closed=False)

    assert_allclose(along[0], [[0, 1], [np.sqrt(0.5)] * 2, [1, 0]])


def test_a_missing_point_has_no_direction_and_its_neighbours_do_without_it():
    points = CIRCLE[None].copy()
    points[0, 2] = np.nan

    along = tangents(points, is_closed=True)

    assert np.isnan(along[0, 2]).all()
    assert np.isfinite(np.delete(along[0], 2, axis=0)).all()


def test_a_scheme_without_an_outline_has_no_parts():
    assert split(CIRCLE, measures=Measures()) is None


def test_a_landmark_that_was_not_predicted_has_no_parts():
    found = CIRCLE.copy()
    found[3] = np.nan

    assert np.isnan(split(found).normal[0, 3])


def test_millimetres_need_every_spacing():
    truth = {"a.png": Landmarks.placed(NAMES, CIRCLE)}
    found = {"a.png": Landmarks.placed(NAMES, 50 + 1.1 * (CIRCLE - 50))}

    assert parts(evaluate(found, truth, measures=RIM), "mm") is None
    spaced = evaluate(found, truth, measures=RIM, spacing_mm={"a.png": (0.5, 0.5)})
    assert_allclose(parts(spaced, "mm").normal, 1, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 20), st.floats(0, 6.28))
def test_the_parts_make_up_the_error_and_do_not_change_when_everything_turns(seed, sd, angle):
    found = CIRCLE + np.random.default_rng(seed).normal(0, sd, CIRCLE.shape)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    straight, turned = split(found), split(found @ turn, CIRCLE @ turn)

    error = np.linalg.norm(found - CIRCLE, axis=1)
    assert_allclose(np.hypot(straight.normal, straight.tangential)[0], error)
    assert_allclose(turned.normal, straight.normal, atol=1e-9)


@pytest.mark.parametrize("order", [1, -1])
def test_the_direction_in_which_an_outline_is_walked_does_not_matter(order):
    found = CIRCLE + np.random.default_rng(1).normal(0, 3, CIRCLE.shape)

    walked = split(found[::order], CIRCLE[::order])

    assert_allclose(walked.normal[0, ::order], split(found).normal[0])
