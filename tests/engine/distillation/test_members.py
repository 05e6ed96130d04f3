import pytest
import torch

from napari_kdland.engine import heatmaps, networks
from napari_kdland.engine.distillation.members import TrainedMember, on_grid
from napari_kdland.engine.networks.base import Heads, NetworkOutput
from tests.engine.distillation.factories import a_member
from tests.engine.factories import noise


def a_network_that_notes(seen: list[torch.Tensor]) -> torch.nn.Module:
    class Network(torch.nn.Module):
        def forward(self, images: torch.Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
            seen.append(images)
            maps = noise(len(images), 3, 32, 32)
            return NetworkOutput(maps, maps[:, :, 0, 0], maps, dict.fromkeys(taps, maps))

    return Network()


def test_a_member_speaks_in_log_probabilities_without_gradient():
    logits = noise(2, 32, 32).requires_grad_()

    logs = a_member(logits).answer(noise(3, 1, 64, 64), (32, 32)).log_probabilities

    assert not logs.requires_grad
    torch.testing.assert_close(logs.exp().sum((-1, -2)), torch.ones(3, 2))


def test_a_trained_network_gets_no_gradient():
    network = networks.build("tiny", Heads(2))

    answer = TrainedMember(network, 64, 4.0, (0, 1)).answer(noise(1, 1, 64, 64).requires_grad_(), (32, 32), ("low",))

    assert not answer.log_probabilities.requires_grad
    assert not answer.taps["low"].requires_grad


def test_a_member_of_another_input_size_is_shown_its_own_size_and_answers_on_the_grid():
    centre = heatmaps.encode(torch.tensor([[[20.25, 30.5]]]), (48, 48), 3.0).clamp_min(1e-20).log()

    logs = a_member(centre[0], size=96).answer(noise(1, 1, 64, 64), (32, 32)).log_probabilities

    mean, _ = heatmaps.moments(logs.exp())
    # (p + 0.5) * 2 / 3 - 0.5 takes the 48 px grid to the 32 px one.
    torch.testing.assert_close(mean[0, 0], torch.tensor([13.3333, 20.1667]), atol=0.05, rtol=0)
    torch.testing.assert_close(logs.exp().sum((-1, -2)), torch.ones(1, 1))


def test_a_member_answers_in_the_students_order_of_landmarks():
    logits = noise(2, 32, 32)

    logs = a_member(logits, order=(1, 0)).answer(noise(1, 1, 64, 64), (32, 32)).log_probabilities

    torch.testing.assert_close(logs[0], heatmaps.log_softmax(logits[None])[0].flip(0))


def test_a_member_answers_in_the_students_order_of_regions():
    seen = []
    member = TrainedMember(a_network_that_notes(seen), 64, 4.0, (0,), region_order=(2, 0))

    regions = member.answer(noise(1, 1, 64, 64), (32, 32)).regions

    torch.testing.assert_close(regions, noise(1, 3, 32, 32)[:, [2, 0]])


def test_a_member_is_shown_its_own_channels_in_its_own_order():
    seen, images = [], noise(2, 3, 64, 64)

    TrainedMember(a_network_that_notes(seen), 64, 4.0, (0,), channels=(2, 0)).answer(images, (32, 32))

    assert torch.equal(seen[0], images[:, [2, 0]])


def test_features_come_when_they_are_asked_for():
    member = TrainedMember(a_network_that_notes([]), 64, 4.0, (0,))

    assert set(member.answer(noise(1, 1, 64, 64), (32, 32), ["low"]).taps) == {"low"}
    assert member.answer(noise(1, 1, 64, 64), (32, 32)).taps == {}


def test_regions_of_another_grid_are_resized_to_the_students():
    maps = torch.zeros(1, 1, 64, 64)
    maps[..., :32] = 1
    output = NetworkOutput(maps, maps[:, :, 0, 0], maps)

    regions = on_grid(output, (32, 32), (0,), (0,)).regions

    assert regions.shape == (1, 1, 32, 32)
    torch.testing.assert_close(regions, maps[..., ::2, ::2])


def test_sigma_is_given_on_the_grid_of_the_student():
    member = a_member(noise(1, 64, 64), size=128, sigma_px=8.0)

    assert member.sigma(noise(1, 1, 64, 64), (32, 32)) == 2.0


def test_a_grid_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"a grid of \(32, 16\) does not fit images of \(64, 64\)"):
        a_member(noise(1, 32, 32)).sigma(noise(1, 1, 64, 64), (32, 16))
