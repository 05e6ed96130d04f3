import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.decoding.dark import dark, decode_dark, gaussian_kernel, newton_step
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map, patient


@patient
@given(st.floats(10, 37), st.floats(10, 29), st.floats(1.0, 2.5))
def test_the_point_of_a_clean_gaussian_is_exact(y: float, x: float, sigma: float):
    point = decode_dark(a_map(y, x, sigma), sigma, DecodingPart())[0, 0]

    np.testing.assert_allclose(point, [y, x], atol=0.01)


def test_a_flat_map_is_decoded_without_a_step():
    assert decode_dark(torch.ones(1, 1, 16, 16), 2.0, DecodingPart())[0, 0].tolist() == [0, 0]


def test_a_step_that_leaves_its_peak_is_not_taken():
    # Nearly flat around the arg-max, so that Newton would jump far.
    tilted = torch.arange(32.0).expand(32, 32) * 1e-3 + a_map(16, 16, 8.0, (32, 32)).float()[0, 0]
    kernel = gaussian_kernel(2.0).float()

    points = dark(tilted[None, None], kernel, largest_step_px=0.01)

    assert points[0, 0].tolist() == [16, 16]
    assert dark(tilted[None, None], kernel)[0, 0].tolist() != [16, 16]


def test_within_two_pixels_of_the_border_no_step_is_taken():
    assert decode_dark(a_map(20.3, 1.3), 2.0, DecodingPart())[0, 0].tolist() == [20, 1]


def test_a_kernel_is_odd_and_sums_to_one():
    kernel = gaussian_kernel(1.5)

    assert len(kernel) == 11
    assert kernel.sum().item() == pytest.approx(1)


def test_the_step_leads_to_the_top_of_a_parabola():
    # -(y - 0.3)^2 - 2 (x + 0.2)^2, seen from 0.
    step, is_peaked = newton_step(torch.tensor([[[0.6, -0.8]]]), torch.tensor([[[-2.0, 0.0, -4.0]]]))

    torch.testing.assert_close(step, torch.tensor([[[0.3, -0.2]]]))
    assert is_peaked.all()


def test_a_saddle_is_no_peak():
    assert not newton_step(torch.ones(1, 1, 2), torch.tensor([[[-1.0, 0.0, 1.0]]]))[1].any()
