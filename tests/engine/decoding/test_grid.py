import pytest
import torch

from napari_kdland.engine.decoding import grid
from tests.engine.decoding.factories import pixels

MAP = pixels((1, 2, 3), (4, 9, 6), (7, 8, 5))
MIDDLE = torch.tensor([[[1.0, 1.0]]]).double()


def test_the_highest_pixel_is_in_rows_and_columns():
    assert grid.highest(pixels((0, 1, 5), (0, 2, 0)))[0, 0].tolist() == [0, 2]


def test_beyond_the_border_stands_what_stands_at_the_border():
    assert grid.beside(MAP, MIDDLE, 1, -1).item() == 7
    assert grid.beside(MAP, MIDDLE, 5, 0).item() == 8


def test_a_window_is_empty_beyond_the_border():
    values, is_inside = grid.window(MAP, torch.tensor([[[2.0, 0.0]]]), 1)

    assert values[0, 0].tolist() == [[0, 4, 9], [0, 7, 8], [0, 0, 0]]
    assert is_inside[0, 0].tolist() == [[False, True, True], [False, True, True], [False, False, False]]


@pytest.mark.parametrize(("window_sigmas", "sigma", "radius"), [(2, 2, 4), (2, 1.5, 3), (0.1, 1, 1)])
def test_a_window_is_as_wide_as_it_is_told_in_sigma(window_sigmas: float, sigma: float, radius: int):
    assert grid.radius_px(window_sigmas, sigma) == radius
