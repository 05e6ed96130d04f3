import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.prototype_similarity import prototype_similarity
from tests.engine.distillation.terms.factories import quadrants
from tests.engine.factories import noise


@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_features_that_are_all_larger_are_as_typical(seed: int, factor: float):
    features = noise(2, 5, 16, 16, seed=seed)

    assert prototype_similarity(factor * features, features, quadrants()).item() == pytest.approx(0, abs=1e-6)


def test_student_and_teacher_may_have_other_channels():
    assert prototype_similarity(noise(2, 4, 16, 16), noise(2, 9, 16, 16, seed=1), quadrants()) > 0


def test_pixels_outside_of_all_areas_do_not_count():
    student, teacher = noise(2, 5, 16, 16), noise(2, 5, 16, 16, seed=1)
    areas = torch.zeros(2, 1, 16, 16)
    areas[..., :8, :] = 1

    changed = student.clone()
    changed[..., 8:, :] += 1

    torch.testing.assert_close(
        prototype_similarity(changed, teacher, areas), prototype_similarity(student, teacher, areas)
    )


def test_without_areas_it_is_zero():
    student = noise(2, 5, 16, 16).requires_grad_()

    value = prototype_similarity(student, noise(2, 5, 16, 16, seed=1), torch.zeros(2, 0, 16, 16))
    value.backward()

    assert value == 0
    assert student.grad.abs().sum() == 0
