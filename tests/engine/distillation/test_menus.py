import pytest
import torch

from napari_kdland.engine import distillation
from napari_kdland.menus import Entry
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import a_member, a_term, an_output
from tests.engine.factories import noise

MENUS = (
    distillation.TEACHERS,
    distillation.TARGETS,
    distillation.TERMS,
    distillation.WEIGHTINGS,
    distillation.SCHEDULES,
)


def each(menu: tuple[Entry, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", [entry.resolve() for entry in menu], ids=[entry.name for entry in menu])


@each(tuple(entry for menu in MENUS for entry in menu))
def test_every_block_cites_what_it_computes(block):
    assert "References\n" in (block.__doc__ or "")


@pytest.mark.parametrize("entry", distillation.TEACHERS, ids=lambda entry: entry.name)
def test_every_teacher_gives_log_probabilities_on_the_grid_without_gradient(entry):
    members = [a_member(noise(2, 32, 32, seed=seed)) for seed in range(1 if entry.name == "frozen" else 3)]

    output = entry.resolve()(members)(noise(3, 1, 64, 64), (32, 32))

    assert output.sigma == 2.0
    assert not output.log_probabilities.requires_grad
    torch.testing.assert_close(output.log_probabilities.exp().sum((-1, -2)), torch.ones(3, 2))


@each(distillation.TARGETS)
def test_every_target_is_a_distribution(block):
    target = block(an_output((10, 12), (20, 5)))

    torch.testing.assert_close(target.exp().sum((-1, -2)), torch.ones(1, 2))


@each(distillation.TERMS)
def test_every_term_is_zero_only_where_student_and_teacher_agree(block):
    teacher, other = noise(2, 3, 16, 16), noise(2, 3, 16, 16, seed=1)
    weights = torch.ones(2, 3)

    same = block(teacher + 5, teacher, weights, term=a_term(), sigma=2.0)
    different = block(other, teacher, weights, term=a_term(), sigma=2.0)

    assert same.item() == pytest.approx(0, abs=1e-6)
    assert different.item() > 1e-5


@each(distillation.TERMS)
def test_every_term_teaches_the_student_and_leaves_the_teacher_alone(block):
    student, teacher = noise(1, 2, 16, 16).requires_grad_(), noise(1, 2, 16, 16, seed=1).requires_grad_()

    block(student, teacher, torch.ones(1, 2), term=a_term(), sigma=2.0).backward()

    assert student.grad is not None
    assert student.grad.abs().sum() > 0
    assert teacher.grad is None


@each(distillation.TERMS)
def test_every_term_without_weight_is_exactly_zero(block):
    value = block(noise(1, 2, 8, 8), noise(1, 2, 8, 8, seed=1), torch.zeros(1, 2), term=a_term(), sigma=2.0)

    assert value.item() == 0


@each(distillation.TERMS)
def test_no_term_depends_on_the_order_or_number_of_images(block):
    student, teacher, weights = noise(2, 3, 8, 8), noise(2, 3, 8, 8, seed=1), torch.rand(2, 3) + 0.1
    once = block(student, teacher, weights, term=a_term(), sigma=2.0)

    turned = [
        values.flip(0).flip(1).repeat(2, *(1 for _ in values.shape[1:])) for values in (student, teacher, weights)
    ]
    twice = block(*turned, term=a_term(), sigma=2.0)

    torch.testing.assert_close(once, twice)


@each(distillation.TERMS)
def test_every_term_gives_in_half_precision_what_it_gives_in_single(block):
    student, teacher = noise(1, 2, 16, 16).bfloat16(), noise(1, 2, 16, 16, seed=1)

    half = block(student, teacher, torch.ones(1, 2), term=a_term(), sigma=2.0)
    single = block(student.float(), teacher, torch.ones(1, 2), term=a_term(), sigma=2.0)

    torch.testing.assert_close(half, single, rtol=1e-2, atol=1e-6)


@each(distillation.WEIGHTINGS)
def test_every_weighting_is_between_zero_and_one_a_landmark(block):
    output = an_output((10, 12), (20, 5), width=5.0)

    weights = block(output, part=WeightingPart(), stride=2)

    assert weights.shape == (1, 2)
    assert ((weights >= 0) & (weights <= 1)).all()


@each(distillation.WEIGHTINGS)
def test_every_weighting_trusts_a_teacher_that_is_as_sure_as_its_targets(block):
    weights = block(an_output((15, 16), (14, 17)), part=WeightingPart(), stride=2)

    torch.testing.assert_close(weights, torch.ones(1, 2), atol=1e-3, rtol=0)


@each(distillation.SCHEDULES)
def test_every_schedule_rises_to_one(block):
    values = [block(progress / 100, 0.3) for progress in range(101)]

    assert values == sorted(values)
    assert values[30] == values[-1] == 1


def test_the_names_of_blocks_are_unique():
    for menu in MENUS:
        assert len({entry.name for entry in menu}) == len(menu)
