import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.anatomy import Placement
from napari_kdland.anatomy.placement import from_xy, to_xy

sides = st.integers(1, 6000)
coordinates = st.floats(-100, 6000)
placements = st.builds(
    Placement.letterbox,
    st.tuples(sides, sides),
    st.tuples(st.integers(32, 1024), st.integers(32, 1024)),
    st.sampled_from([1, 2, 4]),
)
points = st.tuples(coordinates, coordinates)


@given(placements, points)
def test_image_to_input_and_back_gives_the_same_point(placement: Placement, point: tuple[float, float]):
    assert_allclose(placement.from_input(placement.to_input(point)), point, atol=1e-6)


@given(placements, points)
def test_image_to_heatmap_and_back_gives_the_same_point(placement: Placement, point: tuple[float, float]):
    assert_allclose(placement.to_image(placement.to_heatmap(point)), point, atol=1e-6)


@given(points)
def test_xy_and_back_gives_the_same_point(point: tuple[float, float]):
    assert_array_equal(from_xy(to_xy(point)), point)


def test_xy_turns_the_last_axis_only():
    assert_array_equal(to_xy([[1, 2], [3, 4]]), [[2, 1], [4, 3]])


@given(placements)
def test_the_corners_of_the_image_lie_inside_the_input(placement: Placement):
    height, width = placement.image_size
    corners = placement.to_input([[-0.5, -0.5], [height - 0.5, width - 0.5]])

    assert (corners >= -0.5 - 1e-6).all()
    assert (corners <= np.array(placement.input_size) - 0.5 + 1e-6).all()


@given(placements)
def test_the_middle_of_the_image_is_the_middle_of_the_input(placement: Placement):
    middle = (np.array(placement.image_size) - 1) / 2

    assert_allclose(placement.to_input(middle), (np.array(placement.input_size) - 1) / 2, atol=1e-6)


def test_halving_maps_the_corner_between_four_pixels_to_the_centre_of_one():
    placement = Placement.letterbox((512, 512), (256, 256))

    assert_allclose(placement.to_input([0.5, 0.5]), [0, 0])


def test_a_tall_image_is_centred_sideways():
    placement = Placement.letterbox((200, 100), (100, 100))

    assert placement.offset == (0, 25)
    assert_allclose(placement.to_input([-0.5, -0.5]), [-0.5, 24.5])


def test_nan_stays_nan():
    placement = Placement.letterbox((10, 20), (32, 32))

    assert np.isnan(placement.to_heatmap([np.nan, np.nan])).all()


def test_the_heatmap_is_smaller_than_the_input_by_the_stride():
    placement = Placement.letterbox((512, 400), (256, 256), stride=4)

    assert placement.heatmap_size == (64, 64)
    assert placement.heatmap_scale == pytest.approx(8)


@given(placements, points)
def test_scale_and_translate_lay_a_heatmap_on_the_image(placement: Placement, point: tuple[float, float]):
    laid = np.array(placement.heatmap_translate) + np.array(point) * placement.heatmap_scale

    assert_allclose(laid, placement.to_image(point), rtol=1e-9, atol=1e-6)


def test_covariances_grow_with_the_square_of_the_scale():
    placement = Placement.letterbox((512, 512), (256, 256), stride=2)

    assert_allclose(placement.covariance_to_image(np.eye(2)), 16 * np.eye(2))


@pytest.mark.parametrize(("image", "size", "stride"), [((0, 5), (8, 8), 2), ((5, 5), (8, -1), 2), ((5, 5), (8, 8), 0)])
def test_sizes_that_are_not_positive_are_refused(image: tuple[int, int], size: tuple[int, int], stride: int):
    with pytest.raises(ValueError, match="sizes and stride must be positive"):
        Placement.letterbox(image, size, stride)
