"""The mean shape, and laying it over an image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.project import Project
from napari_kdland.session.shapes import laid_over, shape_of
from tests.session.factories import NAMES, a_project

SIZE = (600, 500)
SHAPE = Landmarks.placed(NAMES, np.array([[100.0, 100.0], [300.0, 150.0], [500.0, 400.0]]))


@pytest.fixture
def project(tmp_path):
    with Project.open(a_project(tmp_path)) as project:
        yield project


def say(project, image_id, y, *, state=LandmarkState.PLACED, landmark="apex"):
    project.annotations.edit(image_id, landmark, state, (y, 10.0), reader="ann")


def test_the_mean_is_taken_over_what_readers_are_sure_of(project):
    say(project, 1, 10.0)
    say(project, 2, 20.0)
    say(project, 3, 50.0, state=LandmarkState.UNCERTAIN)

    shape = shape_of(project).predict((60, 50))

    assert_allclose(shape["apex"], [15, 10])
    assert shape.states[1:] == (LandmarkState.NOT_YET,) * 2


def test_the_image_itself_does_not_count(project):
    say(project, 1, 10.0)

    assert shape_of(project, without=1) is None


@given(st.floats(-0.5, 0.5), st.floats(0.7, 1.4), st.floats(-60, 60), st.floats(-60, 60))
def test_a_shape_that_was_turned_scaled_and_moved_is_found_again_from_two_landmarks(angle, scale, down, right):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    there = SHAPE.points @ turn.T + [down, right]
    placed = Landmarks.placed(NAMES, np.vstack([there[:2], [[np.nan, np.nan]]]))

    assert_allclose(laid_over(SHAPE, placed, SIZE).points, there, atol=1e-6)


@pytest.mark.parametrize("placed", [[[90.0, 90.0]], [[100.0, 100.0], [110.0, 105.0]]], ids=["one", "two side by side"])
def test_too_little_to_turn_it_by_leaves_the_shape_as_it_is(placed):
    points = np.full((3, 2), np.nan)
    points[: len(placed)] = placed

    assert laid_over(SHAPE, Landmarks.placed(NAMES, points), SIZE) == SHAPE


def test_landmarks_that_the_shape_lacks_stay_unknown():
    shape = Landmarks.placed(NAMES, np.vstack([SHAPE.points[:2], [[np.nan, np.nan]]]))

    assert laid_over(shape, SHAPE, SIZE).states[2] is LandmarkState.NOT_YET
