import math

import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Weights
from napari_kdland.engine.distillation.terms.heatmap_consistency import HeatmapConsistency, heatmap_consistency
from napari_kdland.engine.distillation.terms.heatmap_mse import heatmap_mse
from tests.engine.distillation.terms.factories import CHANNELS, a_teacher, a_term, an_output, held
from tests.engine.factories import noise

ONES = torch.ones(2, 3)


def test_levels_that_agree_cost_nothing():
    logits = noise(2, 3, 16, 16)

    # What differs by a constant is the same heatmap.
    assert heatmap_consistency([logits, logits + 3, logits - 1], ONES, sigma=2.0).item() == pytest.approx(0, abs=1e-6)


def test_it_draws_every_level_to_the_others():
    logits = [noise(2, 3, 16, 16, seed=seed).requires_grad_() for seed in range(3)]

    heatmap_consistency(logits, ONES, sigma=2.0).backward()

    assert all(each.grad.abs().sum() > 0 for each in logits)


def test_it_is_the_squared_difference_of_heatmaps_and_the_divergence_from_the_mean():
    logits = [noise(1, 1, 16, 16, seed=seed) for seed in range(2)]
    logs = [heatmaps.log_softmax(each) for each in logits]
    mean = torch.stack([each.exp() for each in logs]).mean(0)
    height = 2 * math.pi * 4.0

    value = heatmap_consistency(logits, torch.ones(1, 1), sigma=2.0)

    # Of one landmark the weight falls out of the weighted mean.
    expected = [
        heatmap_mse(height * each.exp(), height * mean, Weights(torch.ones(1, 1)), sigma=2.0)
        + (mean * (mean.log() - each)).sum()
        for each in logs
    ]
    torch.testing.assert_close(value, torch.stack(expected).mean(), rtol=1e-4, atol=1e-6)


def test_levels_are_those_of_the_student_whatever_a_teacher_says():
    student = an_output()
    term = HeatmapConsistency(a_term("heatmap-consistency"), CHANNELS)

    first, second = term(held(student, a_teacher(seed=1))), term(held(student, a_teacher(seed=2)))

    assert torch.equal(first, second)
    assert term(held(student._replace(levels=student.levels[:1]), a_teacher())) != first


def test_a_temperature_softens_the_levels_first():
    student = an_output()
    soft = HeatmapConsistency(a_term("heatmap-consistency", inverse_temperature=0.5), CHANNELS)
    halved = student._replace(
        logits=student.logits / 2, levels=tuple(each._replace(logits=each.logits / 2) for each in student.levels)
    )

    plain = HeatmapConsistency(a_term("heatmap-consistency"), CHANNELS)

    torch.testing.assert_close(soft(held(student, a_teacher())), plain(held(halved, a_teacher())))
