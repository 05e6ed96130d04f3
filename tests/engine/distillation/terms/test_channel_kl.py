import torch

from napari_kdland.engine.distillation.terms.channel_kl import channel_kl
from tests.engine.factories import noise


def test_it_is_the_mean_over_images_and_channels():
    student, teacher = noise(2, 6, 3, 4), noise(2, 6, 3, 4, seed=1)
    p, q = teacher.flatten(2).softmax(dim=2), student.flatten(2).softmax(dim=2)

    expected = (p * (p.log() - q.log())).sum() / 12

    torch.testing.assert_close(channel_kl(student, teacher), expected)


def test_a_constant_on_a_channel_changes_nothing():
    student, teacher = noise(2, 6, 3, 4), noise(2, 6, 3, 4, seed=1)

    value = channel_kl(student + noise(2, 6, 1, 1, seed=2), teacher)

    torch.testing.assert_close(value, channel_kl(student, teacher))
