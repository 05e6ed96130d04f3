import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.terms.heatmap_mse import HeatmapMSE, heatmap_mse
from tests.engine.distillation.terms.factories import CHANNELS, a_teacher, a_term, an_output, held
from tests.engine.factories import noise

ONE = Weights(torch.ones(1, 1))


def a_map(y: float, x: float, *, sigma: float = 2.0) -> torch.Tensor:
    return heatmaps.encode(torch.tensor([[[y, x]]]), (64, 64), sigma)


@pytest.mark.parametrize("sigma", [1.5, 2.0, 4.0])
def test_predicting_nothing_costs_one_whatever_the_sigma(sigma: float):
    value = heatmap_mse(torch.zeros(1, 1, 64, 64), a_map(30.3, 31.6, sigma=sigma), ONE, sigma=sigma)

    assert value.item() == pytest.approx(1, abs=1e-3)


def test_a_peak_far_away_costs_two():
    assert heatmap_mse(a_map(10, 10), a_map(50, 50), ONE, sigma=2.0).item() == pytest.approx(2, abs=0.01)


def test_it_knows_how_sure_the_teacher_is():
    logits = an_output()._replace(logits=a_map(30, 30, sigma=4.0).clamp_min(1e-30).log())
    sure = heatmaps.log_softmax(a_map(30, 30).clamp_min(1e-30).log())

    value = HeatmapMSE(a_term("heatmap-mse"), CHANNELS)(held(logits, a_teacher(), target=sure, weights=ONE))

    assert value.item() > 0.3


def test_the_inverse_temperature_sharpens_both_sides():
    student, teacher = an_output(), a_teacher()

    value = HeatmapMSE(a_term("heatmap-mse", inverse_temperature=3.0), CHANNELS)(held(student, teacher))

    sharper = student._replace(logits=3 * student.logits)
    once = HeatmapMSE(a_term("heatmap-mse"), CHANNELS)
    torch.testing.assert_close(
        value, once(held(sharper, teacher, target=heatmaps.log_softmax(3 * teacher.log_probabilities)))
    )


def test_pixels_that_all_count_the_same_change_nothing():
    student, teacher = noise(2, 3, 8, 8), noise(2, 3, 8, 8, seed=1)
    weighed = Weights(torch.ones(2, 3), torch.full((2, 3, 8, 8), 0.3))

    value = heatmap_mse(student, teacher, weighed, sigma=2.0)

    torch.testing.assert_close(value, heatmap_mse(student, teacher, Weights(torch.ones(2, 3)), sigma=2.0))


def test_a_pixel_without_weight_teaches_nothing():
    student, pixels = noise(1, 1, 8, 8).requires_grad_(), torch.ones(1, 1, 8, 8)
    pixels[..., :4, :] = 0

    heatmap_mse(student, noise(1, 1, 8, 8, seed=1), Weights(torch.ones(1, 1), pixels), sigma=2.0).backward()

    assert student.grad[..., :4, :].abs().sum() == 0
    assert student.grad[..., 4:, :].abs().min() > 0


def test_a_pixel_counts_by_its_share_of_the_weight():
    student, teacher = noise(1, 1, 8, 8), noise(1, 1, 8, 8, seed=1)
    pixels = noise(1, 1, 8, 8, seed=2).sigmoid()

    value = heatmap_mse(student, teacher, Weights(torch.ones(1, 1), pixels), sigma=2.0)

    each = pixels / pixels.mean() * (student - teacher).square()
    torch.testing.assert_close(value, each.sum() / (4 * torch.pi))
