import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import grid_sigma
from tests.engine.distillation.factories import a_member
from tests.engine.factories import noise


def test_a_member_speaks_in_log_probabilities_without_gradient():
    logits = noise(2, 32, 32).requires_grad_()

    logs = a_member(logits).log_probabilities(noise(3, 1, 64, 64), (32, 32))

    assert not logs.requires_grad
    torch.testing.assert_close(logs.exp().sum((-1, -2)), torch.ones(3, 2))


def test_a_member_of_another_input_size_is_shown_its_own_size_and_answers_on_the_grid():
    centre = heatmaps.encode(torch.tensor([[[20.25, 30.5]]]), (48, 48), 3.0).clamp_min(1e-20).log()

    logs = a_member(centre[0], size=96).log_probabilities(noise(1, 1, 64, 64), (32, 32))

    mean, _ = heatmaps.moments(logs.exp())
    # (p + 0.5) * 2 / 3 - 0.5 takes the 48 px grid to the 32 px one.
    torch.testing.assert_close(mean[0, 0], torch.tensor([13.3333, 20.1667]), atol=0.05, rtol=0)
    torch.testing.assert_close(logs.exp().sum((-1, -2)), torch.ones(1, 1))


def test_a_member_answers_in_the_students_order_of_landmarks():
    logits = noise(2, 32, 32)

    logs = a_member(logits, order=(1, 0)).log_probabilities(noise(1, 1, 64, 64), (32, 32))

    torch.testing.assert_close(logs[0], heatmaps.log_softmax(logits[None])[0].flip(0))


def test_sigma_is_given_on_the_grid_of_the_student():
    member = a_member(noise(1, 64, 64), size=128, sigma_px=8.0)

    assert grid_sigma(member, noise(1, 1, 64, 64), (32, 32)) == 2.0


def test_a_grid_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"a grid of \(32, 16\) does not fit images of \(64, 64\)"):
        grid_sigma(a_member(noise(1, 32, 32)), noise(1, 1, 64, 64), (32, 16))
