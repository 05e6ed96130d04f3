"""Ellipses of equal probability; no Qt here."""

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.gui.layers.ellipses import discs, ellipses
from napari_kdland.gui.layers.scene import Spread

CENTRE = np.array([40.0, 60.0])
COVARIANCE = np.array([[[9.0, 4.0], [4.0, 25.0]]])


def one(point=CENTRE):
    return Landmarks.placed(("apex",), np.array([point]))


def rim(strokes):
    return strokes.lines[:, 0]


@pytest.mark.parametrize(("spread", "share"), [(Spread.ONE_SD, 0.393), (Spread.MOST, 0.95)])
def test_an_ellipse_holds_its_share_of_a_gaussian(spread, share):
    drawn = np.random.default_rng(0).multivariate_normal(CENTRE, COVARIANCE[0], 20_000)

    outline = Outline(rim(ellipses(one(), COVARIANCE, spread=spread, colour="#D55E00")))

    assert_allclose(outline.contains_points(drawn).mean(), share, atol=0.01)


def test_each_stroke_begins_where_the_one_before_ends_and_the_last_closes_the_ellipse():
    strokes = ellipses(one(), COVARIANCE, spread=Spread.MOST, colour="#D55E00")

    ends = strokes.lines.sum(axis=1)
    assert_allclose(ends, np.roll(strokes.lines[:, 0], -1, axis=0), atol=1e-9)
    assert set(strokes.names) == {"apex"}


def test_a_landmark_without_point_or_covariance_has_no_ellipse():
    landmarks = Landmarks.placed(("a", "b", "c"), np.array([[1.0, 1.0], [np.nan, np.nan], [5.0, 5.0]]))
    covariance = np.stack([np.full((2, 2), np.nan), COVARIANCE[0], COVARIANCE[0]])

    strokes = ellipses(landmarks, covariance, spread=Spread.MOST, colour="#D55E00")

    assert set(strokes.names) == {"c"}
    assert np.isfinite(strokes.lines).all()


def test_off_draws_nothing():
    assert ellipses(one(), COVARIANCE, spread=Spread.OFF, colour="#D55E00").lines.shape == (0, 2, 2)


def test_a_disc_has_its_radius_around_each_landmark_whose_radius_is_known():
    landmarks = Landmarks.placed(tuple("abcd"), np.array([[1.0, 1.0], [9.0, 9.0], [np.nan, np.nan], [5.0, 5.0]]))

    strokes = discs(landmarks, np.array([np.inf, 6.0, np.nan, 2.0]), colour="#D55E00")

    assert set(strokes.names) == {"b", "d"}
    for name, radius in (("b", 6.0), ("d", 2.0)):
        starts = strokes.lines[[each == name for each in strokes.names], 0]
        assert_allclose(np.linalg.norm(starts - landmarks[name], axis=1), radius)
