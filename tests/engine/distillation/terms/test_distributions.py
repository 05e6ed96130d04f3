import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.distributions import divergence, jensen_shannon, soft_logs, wide
from tests.engine.factories import noise


@pytest.mark.parametrize(
    ("given_", "expected"),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
)
def test_nothing_is_computed_in_less_than_single_precision(given_: torch.dtype, expected: torch.dtype):
    assert wide(torch.zeros(2, dtype=given_)).dtype == expected


@given(st.integers(0, 10_000), st.floats(0.01, 20))
def test_softened_logits_are_a_distribution(seed: int, b: float):
    logs = soft_logs(noise(3, 5, seed=seed), dim=1, inverse_temperature=b)

    torch.testing.assert_close(logs.exp().sum(1), torch.ones(3))


def test_the_divergence_is_that_of_the_student_from_the_teacher():
    student, teacher = torch.tensor([0.5, 0.5]).log(), torch.tensor([0.9, 0.1]).log()

    value = divergence(student, teacher, dim=0)

    assert value.item() == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2))


@given(st.integers(0, 10_000))
def test_no_summand_of_the_jensen_shannon_divergence_is_negative(seed: int):
    one, other = (soft_logs(5 * noise(4, 6, seed=seed + i), dim=1) for i in range(2))

    assert jensen_shannon(one, other).min() >= -1e-7
