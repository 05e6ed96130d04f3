import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.phantom.geometry import Curve, capsule, cloud, round_edge, smooth_max, smooth_step
from tests.phantom.factories import a_generator, a_projection

angles = st.floats(-0.13, 0.13)


@settings(max_examples=30, deadline=None)
@given(
    rotation=angles,
    roll=angles,
    z=st.floats(-9, 9),
    row=st.integers(0, 99),
    column=st.integers(0, 79),
    ap=st.booleans(),
)
def test_what_a_pixel_sees_is_projected_back_onto_it(rotation, roll, z, row, column, ap):
    projection = a_projection((100, 80), 0.4, rotation=rotation, roll=roll, is_ap=ap, stretch=(0.95, 1.05, 1.1))
    x, y = projection.plane(z)

    found = projection.project(np.array([x[row, column], y[row, column], z]))

    # The depth that a turned plane has at a pixel is taken at the pixel's unmagnified place.
    assert_allclose(found, (row, column), atol=0.12)


def test_padding_moves_no_pixel():
    projection = a_projection(roll=0.1, rotation=0.05)
    points = np.array([[3.0, 4.0, -2.0], [-9.0, 22.0, 6.0]])

    row, column = projection.padded(7, 2, 0, 11).project(points)

    assert_allclose((row - 7, column), projection.project(points), atol=1e-9)


@pytest.mark.parametrize(("is_ap", "larger"), [(True, "front"), (False, "back")])
def test_what_lies_nearer_to_the_source_is_magnified_more(is_ap, larger):
    projection = a_projection(is_ap=is_ap)

    front, back = projection.magnification(8.0), projection.magnification(-8.0)

    assert (front > 1 > back) if larger == "front" else (back > 1 > front)


def test_turning_the_patient_moves_front_and_back_apart():
    projection = a_projection(rotation=0.1)

    _, column = projection.project(np.array([[0.0, 12.0, 8.0], [0.0, 12.0, -8.0]]))

    assert column[0] > 99.5 > column[1]


def test_a_curve_is_constant_beyond_its_knots():
    curve = Curve((0, 10), (1.0, 3.0))

    assert_allclose(curve([-5.0, 0.0]), curve(0.0))
    assert_allclose(curve(99.0), curve(10.0))


def test_a_curve_rises_between_rising_knots():
    curve = Curve((0, 4, 10), (1.0, 2.0, 5.0))

    assert (np.diff(curve(np.linspace(0, 10, 50))) >= 0).all()


def test_the_smooth_maximum_is_the_maximum_away_from_the_crossing():
    first, second = np.array([0.0, 5.0, 1.0]), np.array([5.0, 0.0, 1.0])

    found = smooth_max(first, second, 2.0)

    assert_allclose(found, [5.0, 5.0, 1.5])


def test_a_smooth_step_runs_from_nought_to_one():
    assert_allclose(smooth_step(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])), [0, 0, 0.5, 1, 1])


def test_a_round_edge_is_a_quarter_circle():
    assert_allclose(round_edge(np.array([-1.0, 0.0, 1.0, 2.0, 9.0]), 2.0), [0, 0, np.sqrt(0.75), 1, 1])


def test_the_distance_from_a_capsule_counts_from_its_nearest_end():
    found = capsule(np.array([0.0, 5.0]), np.array([2.0, 3.0]), (0.0, 0.0), (1.0, 0.0))

    assert_allclose(found, [2.0, 5.0])


@pytest.mark.parametrize("size", [0.3, 2.0])
def test_a_cloud_has_the_strength_asked_for(size):
    projection = a_projection((300, 300), 0.2)

    strengths = [cloud(projection, a_generator(seed), (size,), (0.7,)).std() for seed in range(4)]

    assert np.mean(strengths) == pytest.approx(0.7, rel=0.15)
