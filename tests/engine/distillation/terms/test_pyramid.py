import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine.distillation.terms.pyramid import mean_logs, rectified
from tests.engine.factories import noise


def test_the_mean_of_distributions_is_that_of_their_probabilities():
    logs = [noise(2, 3, 8, seed=seed).log_softmax(-1) for seed in range(3)]

    expected = torch.stack([each.exp() for each in logs]).mean(0)

    torch.testing.assert_close(mean_logs(logs).exp(), expected)


def test_the_mean_is_finite_where_all_but_one_have_underflowed():
    sure = torch.tensor([0.0, -400.0])

    assert mean_logs([sure, sure.flip(0)]).tolist() == pytest.approx([math.log(0.5)] * 2)


def test_what_is_far_off_counts_less_and_is_paid_for():
    off, difference = torch.tensor([0.0, math.log(3)]), torch.tensor([1.0, 2.0])

    value = rectified(off, difference, torch.ones(2))

    # (1 * 1 + 1/3 * 2) / (1 + 1/3), and the mean of 0 and log 3.
    assert value.item() == pytest.approx(1.25 + math.log(3) / 2)


def test_nothing_with_weight_costs_nothing():
    assert rectified(torch.ones(2), torch.ones(2), torch.zeros(2)).item() == 0


def test_levels_that_are_hopelessly_far_off_leave_a_finite_loss():
    off = torch.tensor([500.0, 800.0], requires_grad=True)

    value = rectified(off, torch.ones(2), torch.ones(2))
    value.backward()

    assert value.item() == pytest.approx(650)
    assert off.grad.tolist() == pytest.approx([0.5, 0.5])


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.floats(0.1, 10))
def test_the_scale_of_the_weights_does_not_matter(first: float, second: float, scale: float):
    off, difference, weights = torch.tensor([first, second]), torch.tensor([0.3, 0.8]), torch.tensor([0.5, 1.0])

    torch.testing.assert_close(rectified(off, difference, weights), rectified(off, difference, scale * weights))
