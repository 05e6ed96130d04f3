import pytest

from napari_kdland.engine.decoding.local_mean import decode_local_mean, local_mean
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map, pixels

MAP = pixels((0, 0, 0, 0, 9), (0, 0, 10, 5, 0), (0, 0, 5, 0, 0))


def test_the_mean_by_hand():
    assert local_mean(MAP, 1, inverse_temperature=1)[0, 0].tolist() == [1.25, 2.25]


def test_what_lies_outside_of_the_window_does_not_count():
    assert local_mean(MAP, 2, inverse_temperature=1)[0, 0].tolist() != [1.25, 2.25]


def test_a_power_draws_the_point_towards_the_peak():
    # Heights 1, 1/4 and 1/4.
    point = local_mean(MAP, 1, inverse_temperature=2)[0, 0].tolist()

    assert point == pytest.approx([1 + 1 / 6, 2 + 1 / 6])


def test_a_second_peak_does_not_draw_the_point():
    two = a_map(20, 10) + 0.8 * a_map(20, 30)

    assert decode_local_mean(two, 2.0, DecodingPart(kind="local-mean"))[0, 0].tolist() == pytest.approx(
        [20, 10], abs=0.01
    )


def test_the_window_is_that_of_the_recipe():
    two = a_map(20, 10) + 0.8 * a_map(20, 24)

    point = decode_local_mean(two, 2.0, DecodingPart(kind="local-mean", window_sigmas=6))[0, 0]

    assert point[1] > 10.01


def test_a_high_power_of_a_low_map_does_not_vanish():
    point = local_mean(1e-6 * a_map(20.0, 10.0).float(), 4, inverse_temperature=100)[0, 0]

    assert point.tolist() == pytest.approx([20, 10], abs=1e-3)
