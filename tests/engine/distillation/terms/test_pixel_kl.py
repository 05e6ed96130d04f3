import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.pixel_kl import PixelKL, pixel_kl
from tests.engine.distillation.terms.factories import CHANNELS, a_teacher, a_term, an_output, held
from tests.engine.factories import noise


@given(st.integers(0, 10_000), st.floats(0.1, 4))
def test_one_region_that_may_overlap_is_a_choice_between_two_that_may_not(seed: int, b: float):
    student, teacher = noise(2, 2, 4, 5, seed=seed), noise(2, 2, 4, 5, seed=seed + 1)
    inside, sure = (each[:, 1:] - each[:, :1] for each in (student, teacher))

    one = pixel_kl(inside, sure, None, overlapping=True, inverse_temperature=b)

    two = pixel_kl(student, teacher, None, overlapping=False, inverse_temperature=b)
    torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def test_regions_that_may_overlap_count_the_same():
    student, teacher = noise(2, 3, 4, 5), noise(2, 3, 4, 5, seed=1)

    value = pixel_kl(student, teacher, None, overlapping=True)

    alone = [pixel_kl(student[:, [i]], teacher[:, [i]], None, overlapping=True) for i in range(3)]
    torch.testing.assert_close(value, torch.stack(alone).mean())


@pytest.mark.parametrize("overlapping", [True, False])
def test_a_pixel_without_weight_teaches_nothing(overlapping: bool):
    student, pixels = noise(1, 3, 8, 8).requires_grad_(), torch.ones(1, 1, 8, 8)
    pixels[..., :4, :] = 0

    pixel_kl(student, noise(1, 3, 8, 8, seed=1), pixels, overlapping=overlapping).backward()

    assert student.grad[..., :4, :].abs().sum() == 0
    assert student.grad[..., 4:, :].abs().sum() > 0


@pytest.mark.parametrize("overlapping", [True, False])
def test_a_term_softens_what_the_target_says(overlapping: bool):
    student, teacher = an_output(), a_teacher()
    given_ = held(student, teacher, overlapping=overlapping)

    value = PixelKL(a_term("pixel-kl", inverse_temperature=0.25), CHANNELS)(given_)

    expected = pixel_kl(student.regions, teacher.regions, None, overlapping=overlapping, inverse_temperature=0.25)
    torch.testing.assert_close(value, expected, rtol=1e-4, atol=1e-6)
