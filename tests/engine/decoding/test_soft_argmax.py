import pytest
import torch

from napari_kdland.engine.decoding.soft_argmax import decode_soft_argmax, soft_argmax
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map, pixels


def test_the_mean_of_the_whole_map_by_hand():
    assert soft_argmax(pixels((3, 0, 0, 0), (0, 0, 0, 1)), inverse_temperature=1)[0, 0].tolist() == [0.25, 0.75]


def test_a_second_peak_draws_the_point():
    two = a_map(20, 10) + 0.5 * a_map(20, 25)

    assert soft_argmax(two, inverse_temperature=1)[0, 0].tolist() == pytest.approx([20, 15], abs=0.01)


def test_the_power_is_that_of_the_recipe():
    two = a_map(20, 10) + 0.5 * a_map(20, 25)

    point = decode_soft_argmax(two, 2.0, DecodingPart(kind="soft-argmax", inverse_temperature=10))[0, 0]

    assert point.tolist() == pytest.approx([20, 10], abs=0.02)


def test_a_high_power_of_a_low_map_does_not_vanish():
    point = soft_argmax(1e-6 * a_map(20.0, 10.0).float(), inverse_temperature=100)[0, 0]

    torch.testing.assert_close(point, torch.tensor([20.0, 10.0]), atol=1e-3, rtol=0)
