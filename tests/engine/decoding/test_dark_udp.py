import torch

from napari_kdland.engine.decoding.dark import dark, gaussian_kernel
from napari_kdland.engine.decoding.dark_udp import dark_udp, decode_dark_udp
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map


def test_the_point_of_a_clean_gaussian_is_exact():
    point = decode_dark_udp(a_map(20.3, 13.6), 2.0, DecodingPart())[0, 0]

    torch.testing.assert_close(point, torch.tensor([20.3, 13.6]).double(), atol=0.01, rtol=0)


def test_a_step_is_taken_nearer_to_the_border_than_by_dark():
    maps, kernel = a_map(20.3, 1.3), gaussian_kernel(2.0)

    assert dark(maps, kernel)[0, 0].tolist() == [20, 1]
    assert 20.2 < dark_udp(maps, kernel)[0, 0, 0] < 20.4


def test_a_step_that_leaves_its_peak_is_not_taken():
    maps = a_map(20.3, 13.6)

    assert dark_udp(maps, gaussian_kernel(2.0), largest_step_px=0.1)[0, 0].tolist() == [20, 14]


def test_a_flat_map_is_decoded_without_a_step():
    assert decode_dark_udp(torch.ones(1, 1, 16, 16), 2.0, DecodingPart())[0, 0].tolist() == [0, 0]


def test_no_step_leads_down_a_slope_that_the_blur_has_left_at_the_border():
    # The blur lowers the border, where half of it falls on nothing.
    assert decode_dark_udp(a_map(20.0, 0.0), 2.0, DecodingPart())[0, 0].tolist() == [20, 0]
