import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.teachers.ensemble import EnsembleTeacher
from napari_kdland.engine.distillation.teachers.frozen import FrozenTeacher
from tests.engine.distillation.factories import a_member
from tests.engine.factories import noise

IMAGES = noise(2, 1, 64, 64)
GRID = (32, 32)


def test_copies_of_one_member_teach_as_it_does_alone():
    member = a_member(noise(2, 32, 32))

    together = EnsembleTeacher([member] * 3)(IMAGES, GRID).log_probabilities
    alone = FrozenTeacher([member])(IMAGES, GRID).log_probabilities

    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_the_order_of_members_does_not_matter():
    members = [a_member(noise(2, 32, 32, seed=seed)) for seed in range(3)]

    first, second = (EnsembleTeacher(order)(IMAGES, GRID).log_probabilities for order in (members, members[::-1]))

    torch.testing.assert_close(first, second)


def test_members_that_disagree_make_a_wider_heatmap_between_them():
    maps = heatmaps.encode(torch.tensor([[[10.0, 16.0], [22.0, 16.0]]]), GRID, 2.0).clamp_min(1e-30).log()[0]
    members = [a_member(maps[:1]), a_member(maps[1:])]

    mean, covariance = heatmaps.moments(EnsembleTeacher(members)(IMAGES, GRID).log_probabilities.exp())

    torch.testing.assert_close(mean[0, 0], torch.tensor([16.0, 16.0]))
    # Spread within (sigma^2 = 4) and between (6^2): the law of total variance.
    torch.testing.assert_close(covariance[0, 0].diagonal(), torch.tensor([40.0, 4.0]), atol=0.1, rtol=0)


def test_far_from_every_peak_the_logarithm_stays_finite():
    steep = torch.zeros(1, 32, 32)
    steep[0, 3, 3] = 500

    logs = EnsembleTeacher([a_member(steep), a_member(steep)])(IMAGES, GRID).log_probabilities

    assert logs.isfinite().all()
