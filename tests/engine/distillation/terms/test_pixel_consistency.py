import pytest
import torch

from napari_kdland.engine.distillation.terms.pixel_consistency import pixel_consistency
from tests.engine.factories import noise

both = pytest.mark.parametrize("overlapping", [True, False])


@both
def test_levels_that_agree_cost_nothing(overlapping: bool):
    logits = noise(2, 3, 8, 8)

    assert pixel_consistency([logits] * 3, None, overlapping=overlapping).item() == pytest.approx(0, abs=1e-6)


@both
def test_it_draws_every_level_to_the_others(overlapping: bool):
    logits = [noise(2, 3, 8, 8, seed=seed).requires_grad_() for seed in range(3)]

    pixel_consistency(logits, None, overlapping=overlapping).backward()

    assert all(each.grad.abs().sum() > 0 for each in logits)


def test_a_region_or_none_costs_the_same_in_both_forms():
    one = [noise(2, 1, 8, 8, seed=seed) for seed in range(3)]
    two = [torch.cat((torch.zeros_like(each), each), dim=1) for each in one]

    torch.testing.assert_close(
        pixel_consistency(one, None, overlapping=True), pixel_consistency(two, None, overlapping=False)
    )


@both
def test_pixels_without_weight_may_say_anything(overlapping: bool):
    logits, pixels = [noise(2, 3, 8, 8, seed=seed) for seed in range(2)], torch.ones(2, 1, 8, 8)
    pixels[..., 4:] = 0
    changed = [
        torch.where(pixels > 0, each, 5 * noise(2, 3, 8, 8, seed=9 + place)) for place, each in enumerate(logits)
    ]

    plain, other = (pixel_consistency(each, pixels, overlapping=overlapping) for each in (logits, changed))

    torch.testing.assert_close(plain, other)
