import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.terms.spatial_kl import spatial_kl
from tests.engine.factories import noise

seeds = st.integers(0, 10_000)


def divergence(student: torch.Tensor, teacher: torch.Tensor, *, b: float = 1.0) -> torch.Tensor:
    return spatial_kl(student, teacher, Weights(torch.ones(student.shape[:2])), inverse_temperature=b)


def gradient(student: torch.Tensor, teacher: torch.Tensor, *, b: float) -> torch.Tensor:
    student = student.clone().requires_grad_()
    divergence(student, teacher, b=b).backward()
    return student.grad


def test_it_is_the_divergence_by_hand():
    teacher, student = torch.tensor([[[[0.0, 1.0]]]]), torch.tensor([[[[2.0, 0.0]]]])
    p, q = teacher.flatten().softmax(0), student.flatten().softmax(0)

    assert divergence(student, teacher).item() == pytest.approx((p * (p / q).log()).sum().item())


def test_landmarks_count_by_their_weight():
    student, teacher = noise(1, 2, 8, 8), noise(1, 2, 8, 8, seed=1)
    alone = [divergence(student[:, i : i + 1], teacher[:, i : i + 1]).item() for i in range(2)]

    value = spatial_kl(student, teacher, Weights(torch.tensor([[1.0, 3.0]])))

    assert value.item() == pytest.approx((alone[0] + 3 * alone[1]) / 4, rel=1e-5)


@given(seeds, st.floats(-50, 50), st.floats(0.1, 10))
def test_a_constant_on_a_map_changes_nothing(seed: int, constant: float, b: float):
    student, teacher = noise(1, 2, 6, 7, seed=seed), noise(1, 2, 6, 7, seed=seed + 1)

    value = divergence(student + constant, teacher - constant, b=b)

    torch.testing.assert_close(value, divergence(student, teacher, b=b), rtol=1e-3, atol=1e-5)


@given(seeds, st.floats(0.1, 10))
def test_it_is_never_negative(seed: int, b: float):
    assert divergence(noise(1, 2, 6, 7, seed=seed), noise(1, 2, 6, 7, seed=seed + 1), b=b) >= 0


def test_the_gradient_hardly_depends_on_the_temperature():
    student, teacher = noise(1, 1, 16, 16), noise(1, 1, 16, 16, seed=1)

    sizes = [gradient(student, teacher, b=1 / temperature).norm().item() for temperature in (1, 2, 4, 8, 16, 32)]

    assert max(sizes) / min(sizes) < 1.6


def test_at_high_temperature_it_matches_logits():
    student, teacher = noise(1, 1, 16, 16), noise(1, 1, 16, 16, seed=1)
    difference = student - teacher
    expected = (difference - difference.mean()) / difference.numel()

    torch.testing.assert_close(gradient(student, teacher, b=1 / 1000), expected, rtol=0.01, atol=1e-5)


def test_pixels_that_all_count_the_same_change_nothing():
    student, teacher = noise(2, 3, 8, 8), noise(2, 3, 8, 8, seed=1)

    value = spatial_kl(student, teacher, Weights(torch.ones(2, 3), torch.full((2, 3, 8, 8), 0.3)))

    torch.testing.assert_close(value, divergence(student, teacher))


@given(seeds)
def test_it_is_not_negative_where_only_pixels_count_that_the_student_overrates(seed: int):
    student, teacher = (heatmaps.log_softmax(noise(1, 2, 6, 7, seed=seed + i)) for i in range(2))
    overrated = Weights(torch.ones(1, 2), (student > teacher).float())

    assert spatial_kl(student, teacher, overrated) > 0


def test_maps_without_any_pixel_that_counts_give_zero():
    weights = Weights(torch.ones(1, 2), torch.zeros(1, 2, 8, 8))

    assert spatial_kl(noise(1, 2, 8, 8), noise(1, 2, 8, 8, seed=1), weights) == 0
