import pytest
import torch

from napari_kdland.engine import distillation, networks
from napari_kdland.engine.distillation.answers import Wanted, combined
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.networks.base import Heads
from napari_kdland.menus import Entry
from napari_kdland.recipes.model import TargetPart, TeacherPart, WeightingPart
from tests.engine.distillation.factories import an_output
from tests.engine.factories import noise

MENUS = (
    distillation.TEACHERS,
    distillation.TARGETS,
    distillation.TERMS,
    distillation.WEIGHTINGS,
    distillation.SCHEDULES,
    distillation.BASE_LOSSES,
    distillation.REGION_LOSSES,
)


def each(menu: tuple[Entry, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", [entry.resolve() for entry in menu], ids=[entry.name for entry in menu])


@each(tuple(entry for menu in MENUS for entry in menu))
def test_every_block_cites_what_it_computes(block):
    assert "References\n" in (block.__doc__ or "")


@pytest.mark.parametrize("source", [entry.name for entry in distillation.TEACHERS])
def test_every_teacher_gives_log_probabilities_on_the_grid_without_gradient(source: str):
    counts = {"frozen": 1, "ensemble": 3, "dropout": 1, "views": 2}
    part = TeacherPart(source=source, count=counts.get(source, 0), passes=3 if source in ("dropout", "average") else 0)
    networks_ = [networks.build("tiny", Heads(2, 1), dropout=0.2).eval() for _ in range(max(part.count, 1))]
    members = [TrainedMember(network, 64, 4.0, (0, 1), region_order=(0,)) for network in networks_]

    teacher = distillation.TEACHERS[[e.name for e in distillation.TEACHERS].index(source)].resolve()(members, part)
    answers = list(teacher.answers(noise(3, 1, 64, 64), (32, 32), ("low",), 0))
    output = combined(answers, sigma=2.0, overlapping=True, wanted=Wanted())

    assert not output.log_probabilities.requires_grad
    assert output.regions.shape == (3, 1, 32, 32)
    assert all(set(answer.taps) == {"low"} for answer in answers)
    torch.testing.assert_close(output.log_probabilities.exp().sum((-1, -2)), torch.ones(3, 2))


@each(distillation.TARGETS)
def test_every_target_is_a_distribution(block):
    target = block(an_output((10, 12), (20, 5)), part=TargetPart(), sigma=2.0)

    torch.testing.assert_close(target.exp().sum((-1, -2)), torch.ones(1, 2))


@each(distillation.WEIGHTINGS)
def test_every_weighting_is_between_zero_and_one_a_landmark(block):
    output = an_output((10, 12), (20, 5), width=5.0)

    weights = block(output, part=WeightingPart(), stride=2, progress=0.5, overlapping=True).landmarks

    assert weights.shape == (1, 2)
    assert ((weights >= 0) & (weights <= 1)).all()


@each(distillation.WEIGHTINGS)
def test_every_weighting_trusts_a_teacher_that_is_as_sure_as_its_targets(block):
    output = an_output((15, 16), (14, 17))

    weights = block(output, part=WeightingPart(), stride=2, progress=0.5, overlapping=True).landmarks

    torch.testing.assert_close(weights, torch.ones(1, 2), atol=1e-3, rtol=0)


def test_the_names_of_blocks_are_unique():
    for menu in MENUS:
        assert len({entry.name for entry in menu}) == len(menu)
