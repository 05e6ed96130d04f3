import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.pixels import (
    choice_logits,
    choice_logs,
    choice_probabilities,
    pixel_mean,
    shares,
)
from tests.engine.factories import noise

both = pytest.mark.parametrize("overlapping", [True, False])


@both
def test_the_choices_at_a_pixel_make_a_distribution(overlapping: bool):
    logs = choice_logs(noise(2, 3, 4, 5), overlapping=overlapping)

    assert logs.shape == ((2, 3, 2, 4, 5) if overlapping else (2, 1, 3, 4, 5))
    torch.testing.assert_close(logs.exp().sum(2), torch.ones(2, logs.shape[1], 4, 5))


@both
@given(seed=st.integers(0, 10_000))
def test_logits_come_back_from_probabilities(overlapping: bool, seed: int):
    logits = 2 * noise(2, 3, 4, 5, seed=seed)
    said = logits.sigmoid() if overlapping else logits.softmax(dim=1)

    logs = choice_logs(choice_logits(said, overlapping=overlapping), overlapping=overlapping)

    torch.testing.assert_close(logs, choice_logs(logits, overlapping=overlapping), rtol=2e-3, atol=1e-3)


@both
def test_what_is_certain_has_finite_logits(overlapping: bool):
    certain = torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)

    logits = choice_logits(certain, overlapping=overlapping)

    assert logits.isfinite().all()
    torch.testing.assert_close(
        choice_logs(logits, overlapping=overlapping).exp(), choice_probabilities(certain, overlapping=overlapping)
    )


def test_weights_of_pixels_keep_their_sum():
    pixels = noise(2, 3, 8, 8).sigmoid()

    torch.testing.assert_close(shares(pixels).mean((-2, -1)), torch.ones(2, 3))
    torch.testing.assert_close(shares(pixels), shares(0.01 * pixels))


def test_the_mean_over_pixels_leaves_out_those_without_weight():
    values, pixels = torch.tensor([[[[1.0, float("nan")]]]]), torch.tensor([[[[0.5, 0.0]]]])

    assert pixel_mean(values, pixels) == 1


def test_the_mean_over_no_channels_is_zero():
    assert pixel_mean(torch.zeros(2, 0, 4, 4), None) == 0
