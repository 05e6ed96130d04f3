import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.answers import Wanted, combined
from napari_kdland.engine.distillation.base import Member, TeacherOutput
from napari_kdland.engine.distillation.teachers.frozen import FrozenTeacher
from napari_kdland.recipes.model import TeacherPart
from tests.engine.distillation.factories import a_member
from tests.engine.factories import noise

IMAGES = noise(2, 1, 64, 64)
GRID = (32, 32)


def said_by(*members: Member) -> TeacherOutput:
    part = TeacherPart(source="ensemble" if len(members) > 1 else "frozen", count=len(members))
    answers = FrozenTeacher(members, part).answers(IMAGES, GRID, (), 0)
    return combined(answers, sigma=2.0, overlapping=True, wanted=Wanted(points=True))


def test_a_frozen_teacher_says_what_its_run_says():
    logits = noise(2, 32, 32)

    output = said_by(a_member(logits))

    torch.testing.assert_close(output.log_probabilities, heatmaps.log_softmax(logits[None]).expand(2, -1, -1, -1))


def test_copies_of_one_run_teach_as_it_does_alone():
    member = a_member(noise(2, 32, 32))

    together, alone = said_by(member, member, member), said_by(member)

    torch.testing.assert_close(together.log_probabilities, alone.log_probabilities, atol=1e-5, rtol=1e-5)


def test_the_order_of_runs_does_not_matter():
    members = [a_member(noise(2, 32, 32, seed=seed)) for seed in range(3)]

    first, second = (said_by(*order).log_probabilities for order in (members, members[::-1]))

    torch.testing.assert_close(first, second)


def test_runs_that_disagree_make_a_wider_heatmap_between_them():
    maps = heatmaps.encode(torch.tensor([[[10.0, 16.0], [22.0, 16.0]]]), GRID, 2.0).clamp_min(1e-30).log()[0]

    output = said_by(a_member(maps[:1]), a_member(maps[1:]))

    mean, covariance = heatmaps.moments(output.log_probabilities.exp())
    torch.testing.assert_close(mean[0, 0], torch.tensor([16.0, 16.0]))
    # Spread within (sigma^2 = 4) and between (6^2): the law of total variance.
    torch.testing.assert_close(covariance[0, 0].diagonal(), torch.tensor([40.0, 4.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(output.between[0, 0], torch.diag(torch.tensor([36.0, 0.0])), atol=0.1, rtol=0)
