import torch

from napari_kdland.engine.decoding.gaussian_fit import decode_gaussian_fit, gaussian_fit
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map

ONE = torch.ones(1, 1, dtype=torch.float64)


def an_ellipse(centre: tuple[float, float], covariance: torch.Tensor) -> torch.Tensor:
    grid = torch.stack(torch.meshgrid(torch.arange(48.0), torch.arange(40.0), indexing="ij"), dim=-1).double()
    away = grid - torch.tensor(centre).double()
    return torch.einsum("hwi,ij,hwj->hw", away, covariance.inverse(), away).mul(-0.5).exp()[None, None]


def test_centre_and_covariance_of_a_tilted_gaussian_are_found():
    covariance = torch.tensor([[5.0, 2.0], [2.0, 3.0]]).double()

    fitted = gaussian_fit(an_ellipse((20.3, 13.6), covariance), 1.5, 8, height=ONE)

    torch.testing.assert_close(fitted.points[0, 0], torch.tensor([20.3, 13.6]).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close(fitted.covariance[0, 0], covariance, atol=1e-4, rtol=0)


def test_a_gaussian_cut_by_the_border_is_found():
    fitted = gaussian_fit(a_map(0.3, 13.6), 2.0, 5, height=ONE)

    torch.testing.assert_close(fitted.points[0, 0], torch.tensor([0.3, 13.6]).double(), atol=1e-5, rtol=0)


def test_a_second_peak_outside_of_the_window_does_not_draw_the_point():
    two = a_map(20, 10) + 0.8 * a_map(20, 28)

    point = decode_gaussian_fit(two, 2.0, DecodingPart(kind="gaussian-fit"))[0, 0]

    torch.testing.assert_close(point, torch.tensor([20.0, 10.0]).double(), atol=0.01, rtol=0)


def test_a_centre_that_has_left_the_window_is_not_taken():
    rising = torch.exp(torch.arange(40.0) * 0.1 - 4).double().expand(48, 40)[None, None]

    fitted = gaussian_fit(rising, 2.0, 2, height=torch.full_like(ONE, 5.0))

    assert fitted.points[0, 0].tolist() == [0, 39]
    torch.testing.assert_close(fitted.covariance[0, 0], 4 * torch.eye(2).double())
