import pytest
import torch

from napari_kdland.engine.distillation.terms.probability_mse import probability_mse
from tests.engine.factories import noise


@pytest.mark.parametrize("n_regions", [2, 3, 6])
def test_to_be_sure_of_different_regions_costs_one_however_many_there_are(n_regions: int):
    sure = torch.full((1, n_regions, 4, 4), -100.0)
    sure[:, 0] = 100
    other = torch.zeros(1, n_regions, 4, 4)
    other[:, 1] = 1

    assert probability_mse(sure, other, None, overlapping=False) == 1


def test_one_region_that_may_overlap_is_a_choice_between_two_that_may_not():
    student, teacher = noise(2, 2, 4, 5), noise(2, 2, 4, 5, seed=1)
    inside = student[:, 1:] - student[:, :1]

    one = probability_mse(inside, teacher.softmax(dim=1)[:, 1:], None, overlapping=True)

    torch.testing.assert_close(one, probability_mse(student, teacher.softmax(dim=1), None, overlapping=False))


def test_a_teacher_that_is_sure_of_few_pixels_does_not_make_the_loss_small():
    student, teacher = noise(1, 3, 8, 8), noise(1, 3, 8, 8, seed=1).softmax(dim=1)
    pixels = torch.zeros(1, 1, 8, 8)
    pixels[..., :2] = 1

    value = probability_mse(student, teacher, pixels, overlapping=False)

    torch.testing.assert_close(value, probability_mse(student[..., :2], teacher[..., :2], None, overlapping=False))
