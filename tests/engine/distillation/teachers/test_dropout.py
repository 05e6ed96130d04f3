import pytest
import torch

from napari_kdland.engine import networks
from napari_kdland.engine.distillation.answers import Wanted, combined
from napari_kdland.engine.distillation.base import Answer, TeacherOutput
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.distillation.teachers.dropout import DropoutTeacher
from napari_kdland.engine.networks.base import Heads
from napari_kdland.recipes.model import TeacherPart
from tests.engine.factories import noise

IMAGES = noise(1, 1, 64, 64)


def a_member(backbone: str = "tiny", *, dropout: float = 0.4) -> TrainedMember:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = networks.build(backbone, Heads(2), dropout=dropout).eval()
    return TrainedMember(network, 64, 4.0, (0, 1))


def answers(member: TrainedMember, *, passes: int = 3, seed: int = 0) -> list[Answer]:
    part = TeacherPart(source="average", passes=passes)
    return list(DropoutTeacher([member], part).answers(IMAGES, (32, 32), (), seed))


def together(said: list[Answer]) -> TeacherOutput:
    return combined(said, sigma=2.0, overlapping=True, wanted=Wanted(points=True, variance=True))


def equal(first: list[Answer], second: list[Answer]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(torch.equal(one.log_probabilities, other.log_probabilities) for one, other in pairs)


def test_every_pass_is_an_answer_of_its_own():
    first, second, third = answers(a_member())

    assert not equal([first], [second])
    assert not equal([second], [third])


def test_one_seed_gives_the_same_passes_and_another_others():
    member = a_member()

    assert equal(answers(member, seed=5), answers(member, seed=5))
    assert not equal(answers(member, seed=5), answers(member, seed=6))


def test_passes_draw_from_a_state_of_their_own():
    torch.manual_seed(1)
    before = torch.get_rng_state()

    answers(a_member())

    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_without_dropout_agrees_with_itself():
    output = together(answers(a_member(dropout=0.0)))

    torch.testing.assert_close(output.between, torch.zeros(1, 2, 2, 2), atol=1e-8, rtol=0)
    torch.testing.assert_close(output.variance, torch.zeros(1, 2, 32, 32), atol=1e-8, rtol=0)


def test_a_network_with_dropout_tells_how_unsure_it_is():
    output = together(answers(a_member()))

    assert output.variance.amax() > 0


@pytest.mark.parametrize("backbone", ["tiny", "enet"])
def test_what_norms_have_learnt_stays_and_the_network_still_predicts(backbone: str):
    member = a_member(backbone)
    before = {name: value.clone() for name, value in member.network.state_dict().items()}

    answers(member)

    assert all(torch.equal(value, before[name]) for name, value in member.network.state_dict().items())
    assert not any(module.training for module in member.network.modules())


def test_without_passes_it_is_asked_once_and_without_dropout():
    member = a_member()

    said = answers(member, passes=0)

    assert len(said) == 1
    assert equal(said, [member.answer(IMAGES, (32, 32))])


def test_dropout_is_of_one_network():
    with pytest.raises(ValueError, match="too many values"):
        DropoutTeacher([a_member()] * 2, TeacherPart(source="average", passes=2))
