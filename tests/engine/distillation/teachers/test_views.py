import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Answer
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.distillation.teachers.views import ViewsTeacher
from napari_kdland.engine.inputs import centred
from napari_kdland.engine.networks.base import NetworkOutput
from napari_kdland.recipes.model import TeacherPart

GRID = (32, 32)


class SeesTheBlob(torch.nn.Module):
    """Says where an image is bright, however it is turned: equivariant by construction."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, images: torch.Tensor) -> NetworkOutput:
        self.seen.append(images)
        grey = functional.avg_pool2d(images / 4 + 0.5, 2).clamp_min(1e-7)
        return NetworkOutput(grey.log(), grey[:, :, 0, 0], torch.logit(grey.clamp(1e-4, 0.9)))


def a_blob(y: float, x: float) -> torch.Tensor:
    """An image as a network takes it, black but for a blob."""
    return centred(heatmaps.encode(torch.tensor([[[y, x]]]), (64, 64), 4.0))


def look(
    image: torch.Tensor, rotations: tuple[float, ...] = (), scales: tuple[float, ...] = (), members: int = 1
) -> tuple[list[Answer], SeesTheBlob]:
    network = SeesTheBlob()
    part = TeacherPart(source="views", count=members, rotations_deg=rotations, scales=scales)
    member = TrainedMember(network, 64, 4.0, (0,), region_order=(0,))
    return list(ViewsTeacher([member] * members, part).answers(image, GRID, (), 0)), network


def points_of(answer: Answer) -> torch.Tensor:
    return heatmaps.decode(answer.log_probabilities.exp(), 2.0).points[0, 0]


def test_without_further_looks_it_says_what_the_run_says():
    image = a_blob(30, 25)

    (answer,), network = look(image)

    assert torch.equal(answer.log_probabilities, heatmaps.log_softmax(network(image).logits))


def test_looks_that_change_nothing_are_the_plain_look():
    plain, turned, resized = look(a_blob(30, 25), (0.0,), (1.0,))[0]

    assert torch.equal(turned.log_probabilities, plain.log_probabilities)
    assert torch.equal(resized.log_probabilities, plain.log_probabilities)


@settings(max_examples=20)
@given(st.floats(22, 42), st.floats(22, 42), st.floats(-20, 20), st.floats(0.8, 1.2))
def test_every_look_says_the_same_place(y: float, x: float, angle: float, scale: float):
    answers, _ = look(a_blob(y, x), (angle,), (scale,))

    expected = (torch.tensor([y, x]) + 0.5) / 2 - 0.5
    for answer in answers:
        torch.testing.assert_close(points_of(answer), expected, atol=0.1, rtol=0)
        assert answer.log_probabilities.exp().sum().item() == pytest.approx(1, abs=1e-4)


@settings(max_examples=20)
@given(st.floats(22, 42), st.floats(22, 42), st.floats(-20, 20))
def test_regions_are_taken_back_with_their_look(y: float, x: float, angle: float):
    plain, turned = look(a_blob(y, x), (angle,))[0]

    both = (plain.regions > 0) & (turned.regions > 0)
    either = (plain.regions > 0) | (turned.regions > 0)
    assert both.sum() / either.sum() > 0.8


def test_every_member_looks_every_way():
    answers, network = look(a_blob(30, 25), (-5.0, 5.0), (0.9, 1.1), members=2)

    assert len(answers) == len(network.seen) == 10


def test_what_a_look_brings_into_view_is_black_as_in_training():
    _, network = look(torch.zeros(1, 1, 64, 64), (20.0,), (0.8,))

    _, turned, smaller = network.seen
    torch.testing.assert_close(turned[0, 0, 0, 0].item(), -2.0)
    torch.testing.assert_close(smaller[0, 0, 0, 0].item(), -2.0)
    torch.testing.assert_close(smaller[0, 0, 32, 32].item(), 0.0)
