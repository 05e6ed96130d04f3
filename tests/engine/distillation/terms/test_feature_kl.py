import math

import torch

from napari_kdland.engine.distillation.terms.distributions import soft_logs
from napari_kdland.engine.distillation.terms.feature_kl import feature_kl
from tests.engine.factories import noise


def test_it_is_the_sum_over_places_and_the_mean_over_images():
    student, teacher = noise(2, 6, 3, 4), noise(2, 6, 3, 4, seed=1)
    p, q = teacher.softmax(dim=1), student.softmax(dim=1)

    expected = (p * (p.log() - q.log())).sum() / 2

    torch.testing.assert_close(feature_kl(student, teacher), expected)


def test_the_softmax_over_channels_is_neither_even_nor_a_choice_of_one():
    for channels in (8, 64, 512):
        logs = soft_logs(noise(2, channels, 8, 8), dim=1)

        entropy = -(logs.exp() * logs).sum(1).mean() / math.log(channels)
        assert 0.2 < entropy < 0.98


def test_a_constant_on_all_channels_of_a_place_changes_nothing():
    student, teacher = noise(2, 6, 3, 4), noise(2, 6, 3, 4, seed=1)

    value = feature_kl(student + noise(2, 1, 3, 4, seed=2), teacher)

    torch.testing.assert_close(value, feature_kl(student, teacher))
