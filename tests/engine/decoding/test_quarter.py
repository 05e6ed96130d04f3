import pytest
import torch

from napari_kdland.engine.decoding.quarter import quarter
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map


def point(maps: torch.Tensor) -> list[float]:
    return quarter(maps, 2.0, DecodingPart())[0, 0].tolist()


def test_the_point_is_a_quarter_nearer_to_the_higher_neighbour_on_each_axis():
    assert point(a_map(20.1, 13.7)) == [20.25, 13.75]


def test_between_neighbours_of_one_height_the_point_stays():
    assert point(a_map(20.0, 13.7)) == [20.0, 13.75]


@pytest.mark.parametrize(("y", "expected"), [(1.2, 1), (2.2, 2.25), (46.2, 46.25), (47.2, 47)])
def test_near_the_border_the_axis_across_it_stays(y: float, expected: float):
    assert point(a_map(y, 13.7)) == [expected, 13.75]


def test_on_the_first_row_no_axis_moves():
    assert point(a_map(0.2, 13.7)) == [0, 14]
