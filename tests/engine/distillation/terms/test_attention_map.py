import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.attention_map import attention_distances, attention_map
from tests.engine.factories import noise

seeds = st.integers(0, 10_000)


@given(seeds, st.sampled_from([1.5, 2.0, 4.0]))
def test_it_lies_between_zero_and_two(seed: int, exponent: float):
    distances = attention_distances(noise(2, 4, 6, 6, seed=seed), noise(2, 3, 6, 6, seed=seed + 1), exponent=exponent)

    assert ((distances >= 0) & (distances <= 2)).all()


@given(seeds, st.floats(0.1, 10))
def test_features_that_are_all_larger_are_the_same(seed: int, factor: float):
    student, teacher = noise(2, 4, 6, 6, seed=seed), noise(2, 4, 6, 6, seed=seed + 1)

    value = attention_map(factor * student, teacher, exponent=4)

    torch.testing.assert_close(value, attention_map(student, teacher, exponent=4), rtol=1e-4, atol=1e-6)


def test_where_different_places_alone_are_active_it_costs_two():
    one, other = torch.zeros(2, 1, 3, 4, 4)
    one[..., 0, 0], other[..., 3, 3] = 1, 1

    assert attention_map(one, other, exponent=4) == 2


def test_the_number_of_channels_does_not_matter():
    features = noise(2, 4, 6, 6)

    assert attention_map(features, features.repeat(1, 3, 1, 1), exponent=4).item() == pytest.approx(0, abs=1e-6)


def test_a_broken_exponent_takes_the_size_of_what_is_negative():
    features = noise(2, 4, 6, 6)

    assert attention_map(features, -features, exponent=2.5) == 0


def test_features_that_are_all_zero_give_a_number():
    student = torch.zeros(1, 4, 6, 6, requires_grad=True)

    attention_map(student, noise(1, 4, 6, 6), exponent=4).backward()

    assert student.grad.isfinite().all()
