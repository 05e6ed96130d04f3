import pytest
import torch

from napari_kdland.engine.distillation.terms.image_affinity import image_affinity
from tests.engine.factories import noise


def test_channels_in_another_order_are_as_alike_across_images():
    features = noise(3, 4, 5, 5)

    assert image_affinity(2 * features[:, [2, 0, 3, 1]], features).item() == pytest.approx(0, abs=1e-6)


def test_each_image_is_held_against_all_others():
    student, teacher = noise(2, 4, 5, 5), noise(2, 4, 5, 5, seed=1)
    mixed = torch.stack((teacher[0], student[1]))

    # Each image alone would see nothing of what is between them.
    alone = image_affinity(mixed[:1], teacher[:1]) + image_affinity(student[1:], student[1:])
    assert alone.item() == pytest.approx(0, abs=1e-6)
    assert image_affinity(mixed, torch.stack((teacher[0], -student[1]))) > 1e-3


def test_large_features_are_pooled_so_that_all_pairs_fit_into_memory():
    assert image_affinity(noise(4, 2, 256, 256), noise(4, 2, 256, 256, seed=1)) > 0
