import pytest
import torch
from torch.nn import functional

from napari_kdland.engine.distillation.terms.pairwise_affinity import pairwise_affinity
from tests.engine.factories import noise


def test_turned_features_are_as_alike_to_each_other():
    features = torch.relu(noise(2, 4, 8, 8))
    order = [2, 0, 3, 1]

    assert pairwise_affinity(3 * features[:, order], features).item() == pytest.approx(0, abs=1e-6)


def test_student_and_teacher_may_have_other_channels():
    assert pairwise_affinity(noise(2, 4, 8, 8), noise(2, 9, 8, 8, seed=1)) > 0


def test_large_features_are_pooled_so_that_all_pairs_fit_into_memory():
    value = pairwise_affinity(noise(1, 2, 256, 256), noise(1, 2, 256, 256, seed=1))

    assert value > 0


def test_a_place_is_the_strongest_of_four_pixels():
    student, teacher = noise(2, 4, 8, 8), noise(2, 4, 8, 8, seed=1)

    small = [
        functional.max_pool2d(features, 2).repeat_interleave(2, -1).repeat_interleave(2, -2)
        for features in (student, teacher)
    ]

    torch.testing.assert_close(pairwise_affinity(*small), pairwise_affinity(student, teacher))
    assert pairwise_affinity(student.flip(-1), teacher) != pairwise_affinity(student, teacher)
