import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.terms.heatmap_mse import heatmap_mse
from tests.engine.distillation.factories import a_term
from tests.engine.factories import noise


def as_logits(y: float, x: float, sigma: float = 2.0) -> torch.Tensor:
    return heatmaps.encode(torch.tensor([[[y, x]]]), (64, 64), sigma).clamp_min(1e-30).log()


@pytest.mark.parametrize("sigma", [1.5, 2.0, 4.0])
def test_predicting_nothing_costs_one_whatever_the_sigma(sigma: float):
    value = heatmap_mse(
        torch.zeros(1, 1, 64, 64), as_logits(30.3, 31.6, sigma), torch.ones(1, 1), term=a_term(), sigma=sigma
    )

    assert value.item() == pytest.approx(1, abs=0.05)


def test_a_peak_far_away_costs_two():
    value = heatmap_mse(as_logits(10, 10), as_logits(50, 50), torch.ones(1, 1), term=a_term(), sigma=2.0)

    assert value.item() == pytest.approx(2, abs=0.01)


def test_it_knows_how_sure_the_teacher_is():
    sure, unsure = as_logits(30, 30), as_logits(30, 30, 4.0)

    value = heatmap_mse(unsure, sure, torch.ones(1, 1), term=a_term(), sigma=2.0)

    assert value.item() > 0.3


def test_the_inverse_temperature_sharpens_both_sides():
    student, teacher = noise(1, 1, 8, 8), noise(1, 1, 8, 8, seed=1)

    sharpened = heatmap_mse(student, teacher, torch.ones(1, 1), term=a_term(inverse_temperature=3.0), sigma=2.0)

    assert sharpened == heatmap_mse(3 * student, 3 * teacher, torch.ones(1, 1), term=a_term(), sigma=2.0)
