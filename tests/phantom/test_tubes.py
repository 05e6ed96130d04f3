import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.phantom.geometry import Array
from napari_kdland.phantom.tubes import (
    bone_along,
    filled_tube,
    frame_of,
    hollow_tube,
    path_through,
    ribbon,
    splat,
    straight_pieces,
)
from tests.phantom.factories import a_projection

FAR = 1e9  # A source so far away that nothing is magnified.


def a_straight_path(step: float = 0.05) -> Array:
    return path_through([(-8.0, 12.0, 0.0), (8.0, 12.0, 0.0)], step)


def round_axes(path: Array, radius: float) -> tuple[Array, Array]:
    _, outward, across = frame_of(path, np.tile([0.0, 0.0, 1.0], (len(path), 1)))
    return radius * outward, radius * across


@settings(max_examples=20, deadline=None)
@given(x=st.floats(-9, 9), y=st.floats(3, 21))
def test_a_splat_keeps_volume_and_centre_of_mass(x, y):
    projection = a_projection((100, 100), 0.25, source_cm=FAR)

    painted = splat(projection, np.array([[x, y, 0.0]]), 2.0)

    rows, columns = np.indices(painted.shape)
    row, column = projection.project(np.array([x, y, 0.0]))
    assert painted.sum() * projection.pixel_area == pytest.approx(2.0)
    assert_allclose([(painted * rows).sum() / painted.sum(), (painted * columns).sum() / painted.sum()], [row, column])


def test_points_outside_the_image_leave_no_trace():
    painted = splat(a_projection(), np.array([[300.0, 0.0, 0.0]]), 1.0)

    assert not painted.any()


def test_a_filled_tube_is_as_deep_as_it_is_thick():
    projection, path = a_projection(source_cm=FAR), a_straight_path()

    painted = filled_tube(projection, path, round_axes(path, 2.0))

    middle = painted[96:104, 80:120]
    assert middle.mean() == pytest.approx(4.0, rel=0.05)


def test_the_wall_of_a_tube_has_the_volume_of_its_mantle():
    projection, path = a_projection(source_cm=FAR), a_straight_path()

    painted = hollow_tube(projection, path, round_axes(path, 2.0), wall=0.1)

    assert painted.sum() * projection.pixel_area == pytest.approx(2 * np.pi * 2.0 * 0.1 * 16, rel=0.01)


def test_a_hollow_bone_is_brightest_along_its_sides():
    projection, path = a_projection(source_cm=FAR), a_straight_path()

    painted = bone_along(projection, path, round_axes(path, 2.0), wall=0.1)

    profile = painted[:, 80:120].mean(axis=1)
    assert min(profile[88:93].max(), profile[107:112].max()) > 1.15 * profile[99]


def test_a_ribbon_has_the_volume_of_a_round_tube():
    projection, path = a_projection(source_cm=FAR), a_straight_path()

    painted = ribbon(projection, path, 0.5, across=11)

    assert painted.sum() * projection.pixel_area == pytest.approx(np.pi * 0.25 * 16, rel=0.01)


def test_straight_pieces_have_the_volume_of_round_tubes():
    projection = a_projection(source_cm=FAR)
    starts, ends = np.array([[0.0, 5.0, 0.0], [4.0, 9.0, 2.0]]), np.array([[3.0, 5.0, 0.0], [4.0, 13.0, 5.0]])

    painted = straight_pieces(projection, starts, ends, np.array([0.3, 0.6]), across=5)

    expected = np.pi * (0.3**2 * 3 + 0.6**2 * 5)
    assert painted.sum() * projection.pixel_area == pytest.approx(expected)


def test_a_path_begins_and_ends_where_it_was_told():
    corners = [(0.0, 0.0, 0.0), (5.0, 0.0, 1.0), (5.0, 5.0, 2.0)]

    path = path_through(corners, 0.1)

    assert_allclose(path[[0, -1]], [corners[0], corners[-1]])


def test_a_frame_stands_at_right_angles():
    path = path_through([(0.0, 0.0, 0.0), (5.0, 0.0, 1.0), (5.0, 5.0, 2.0)], 0.1)

    _, outward, across = frame_of(path, np.tile([0.3, 0.2, 1.0], (len(path), 1)))

    tangent = np.gradient(path, axis=0)
    assert_allclose((outward * tangent).sum(axis=1), 0, atol=1e-12)
    assert_allclose((outward * across).sum(axis=1), 0, atol=1e-12)
