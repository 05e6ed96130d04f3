import pytest
import torch
from torch.nn import functional

from napari_kdland.engine.distillation.terms.pixel_cross_entropy import likeliest, pixel_cross_entropy
from tests.engine.factories import noise


def test_it_is_the_cross_entropy_with_the_likeliest_region():
    student, teacher = noise(2, 3, 8, 8), noise(2, 3, 8, 8, seed=1).softmax(dim=1)

    value = pixel_cross_entropy(student, teacher, None, overlapping=False)

    torch.testing.assert_close(value, functional.cross_entropy(student, teacher.argmax(dim=1)))


def test_of_regions_that_may_overlap_it_is_the_binary_one():
    student, teacher = noise(2, 3, 8, 8), noise(2, 3, 8, 8, seed=1).sigmoid()

    value = pixel_cross_entropy(student, teacher, None, overlapping=True)

    hard = (teacher > 0.5).float()
    torch.testing.assert_close(value, functional.binary_cross_entropy_with_logits(student, hard))


@pytest.mark.parametrize("overlapping", [True, False])
def test_an_unsure_pixel_is_ignored_and_does_not_become_background(overlapping: bool):
    student, teacher = noise(1, 3, 8, 8).requires_grad_(), noise(1, 3, 8, 8, seed=1).sigmoid()
    pixels = torch.ones(1, 1, 8, 8)
    pixels[..., :4, :] = 0

    pixel_cross_entropy(student, teacher, pixels, overlapping=overlapping).backward()

    assert student.grad[..., :4, :].abs().sum() == 0
    assert student.grad[..., 4:, :].abs().sum() > 0


def test_likeliest_is_a_channel_or_of_each_channel_whether_it_is():
    said = torch.tensor([0.2, 0.7, 0.6]).view(1, 3, 1, 1)

    assert likeliest(said, overlapping=False).flatten().tolist() == [1]
    assert likeliest(said, overlapping=True).flatten().tolist() == [0, 1, 1]
