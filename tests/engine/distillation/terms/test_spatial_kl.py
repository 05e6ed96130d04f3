from pathlib import Path

import pytest
import torch

from napari_kdland.engine.distillation.terms.spatial_kl import spatial_kl
from tests.engine.distillation.factories import a_term
from tests.engine.factories import assert_published, noise, published_cases


def divergence(student: torch.Tensor, teacher: torch.Tensor, *, b: float = 1.0) -> torch.Tensor:
    weights = torch.ones(student.shape[:2], dtype=student.dtype)
    return spatial_kl(student, teacher, weights, term=a_term(inverse_temperature=b), sigma=2.0)


def check(case: dict, inputs: dict, outputs: dict, *, b: float, scale: float) -> None:
    student = inputs["student"].double().requires_grad_()

    value = scale * divergence(student, inputs["teacher"].double(), b=b)
    value.backward()

    assert_published(case, "value", value, outputs["value"])
    assert_published(case, "grad_student", student.grad, outputs["grad_student"])


def test_it_is_the_divergence_by_hand():
    teacher, student = torch.tensor([[[[0.0, 1.0]]]]), torch.tensor([[[[2.0, 0.0]]]])
    p, q = teacher.flatten().softmax(0), student.flatten().softmax(0)

    assert divergence(student, teacher).item() == pytest.approx((p * (p / q).log()).sum().item())


def test_landmarks_count_by_their_weight():
    student, teacher = noise(1, 2, 8, 8), noise(1, 2, 8, 8, seed=1)
    alone = [divergence(student[:, i : i + 1], teacher[:, i : i + 1]).item() for i in range(2)]

    value = spatial_kl(student, teacher, torch.tensor([[1.0, 3.0]]), term=a_term(), sigma=2.0)

    assert value.item() == pytest.approx((alone[0] + 3 * alone[1]) / 4, rel=1e-5)


def test_the_gradient_hardly_depends_on_the_temperature():
    teacher, sizes = noise(1, 1, 16, 16, seed=1), []
    for temperature in (1, 2, 4, 8, 16, 32):
        student = noise(1, 1, 16, 16).requires_grad_()
        divergence(student, teacher, b=1 / temperature).backward()
        sizes.append(student.grad.norm().item())

    assert max(sizes) / min(sizes) < 1.6


def test_it_agrees_with_channel_wise_distillation(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.cwd_channel_kl"):
        check(case, inputs, outputs, b=1 / case["parameters"]["temperature"], scale=1)


def test_it_agrees_with_mmrazor(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.mmrazor_cwd"):
        check(case, inputs, outputs, b=1 / case["parameters"]["tau"], scale=case["parameters"]["loss_weight"])


def test_it_stays_finite_on_peaked_maps_as_published_in_double_precision(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.cwd_peaked"):
        # The maps stand as multiplied by b already.
        check(case, inputs, outputs, b=1 / case["parameters"]["tau"], scale=1)


def test_it_agrees_with_okdhp_but_for_its_scale(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.okdhp_joints_kld"):
        student = inputs["student"].double().requires_grad_()
        weights = inputs["target_weight"].double().squeeze(-1)
        # OKDHP sums over joints, hidden ones being 0, and divides by batch and pixels.
        scale = weights.sum() / len(student) / student[0, 0].numel()

        value = scale * spatial_kl(student, inputs["teacher"].double(), weights, term=a_term(), sigma=2.0)
        value.backward()

        assert_published(case, "value", value, outputs["value"])
        assert_published(case, "grad_student", student.grad, outputs["grad_student"])


def test_it_agrees_with_dwpose_on_one_dimensional_maps_but_for_its_scale(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.mmpose_kdloss"):
        b, weight = case["parameters"]["beta"], case["parameters"]["weight"]

        # DWPose has no 1 / beta^2 and adds the two axes.
        value = sum(
            weight * b**2 * divergence(inputs[f"student_{axis}"].double()[:, :, None], teacher[:, :, None], b=b)
            for axis, teacher in (("x", inputs["teacher_x"].double()), ("y", inputs["teacher_y"].double()))
        )

        assert_published(case, "value", value, outputs["value"])
