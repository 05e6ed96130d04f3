import torch

from napari_kdland.engine.distillation.terms.feature_mse import feature_mse
from tests.engine.factories import noise


def test_it_is_the_mean_over_all_elements():
    student, teacher = noise(2, 3, 4, 5), noise(2, 3, 4, 5, seed=1)

    torch.testing.assert_close(feature_mse(student, teacher), (student - teacher).square().mean())


def test_a_student_of_a_finer_grid_is_brought_to_the_teachers():
    teacher = noise(2, 3, 4, 4)

    constant = teacher.mean((-1, -2), keepdim=True)
    assert feature_mse(constant.expand(2, 3, 8, 8), constant.expand(2, 3, 4, 4)) < 1e-10
