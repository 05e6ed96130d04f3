import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.areas import discs, on_grid

NAN = float("nan")


@pytest.mark.parametrize(("side", "expected"), [(64, 30.0), (32, 14.75), (16, 7.125)])
def test_a_disc_lies_where_its_landmark_does_on_any_grid(side: int, expected: float):
    drawn = discs(torch.tensor([[[30.0, 30.0]]]), (side, side), sigma=4.0, grid=(64, 64))

    mean, _ = heatmaps.moments(drawn)
    torch.testing.assert_close(mean[0, 0], torch.tensor([expected, expected]), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("side", "expected"), [(64, 4.0), (32, 2.0), (16, 1.0), (8, 1.0)])
def test_a_disc_is_as_wide_as_its_target_but_at_least_a_feature_pixel(side: int, expected: float):
    drawn = discs(torch.tensor([[[31.5, 31.5]]]), (side, side), sigma=4.0, grid=(64, 64))

    _, covariance = heatmaps.moments(drawn)
    torch.testing.assert_close(covariance[0, 0].diagonal().sqrt(), torch.full((2,), expected), atol=0.02, rtol=0)


def test_a_landmark_that_is_nowhere_has_no_disc():
    drawn = discs(torch.tensor([[[NAN, NAN], [3.0, 3.0]]]), (8, 8), sigma=2.0, grid=(8, 8))

    assert drawn.amax((-1, -2)).tolist() == [[0, 1]]


def test_areas_come_to_a_grid_by_the_nearest_pixel():
    area = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    area[..., :2] = True

    assert on_grid(area, torch.zeros(1, 5, 2, 2))[0, 0].tolist() == [[1, 0], [1, 0]]


def test_no_areas_stay_none_on_another_grid():
    assert on_grid(torch.zeros(2, 0, 16, 16), torch.zeros(2, 5, 4, 4)).shape == (2, 0, 4, 4)
