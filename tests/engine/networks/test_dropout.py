import pytest
import torch
from torch import nn

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import Backbone, Heads
from napari_kdland.engine.networks.dropout import dropout_on
from tests.engine.factories import noise

EVERY_BACKBONE = pytest.mark.parametrize("name", [entry.name for entry in networks.BACKBONES if entry.name != "large"])


def a_network(name: str = "tiny", dropout: float = 0.3) -> Backbone:
    return networks.build(name, Heads(2), dropout=dropout).eval()


@torch.no_grad()
def answers(network: Backbone, count: int = 2, seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    with dropout_on(network):
        return torch.stack([network(noise(1, 1, 64, 64)).logits for _ in range(count)])


@EVERY_BACKBONE
def test_a_network_with_dropout_gives_another_answer_each_time(name: str):
    first, second = answers(a_network(name))

    assert not torch.equal(first, second)


@EVERY_BACKBONE
def test_a_network_without_dropout_gives_one_answer(name: str):
    assert (answers(a_network(name, dropout=0.0), 3).var(dim=0, correction=0) == 0).all()


@EVERY_BACKBONE
def test_what_norms_have_learnt_of_the_images_stays(name: str):
    network = a_network(name)
    before = {name: value.clone() for name, value in network.named_buffers()}

    answers(network)

    assert all(torch.equal(value, before[name]) for name, value in network.named_buffers())


def test_one_seed_gives_the_same_answers():
    network = a_network()

    torch.testing.assert_close(answers(network, 3, seed=5), answers(network, 3, seed=5), rtol=0, atol=0)


def test_only_dropout_layers_change_and_only_inside():
    network = a_network("enet")

    with dropout_on(network):
        changed = {type(module) for module in network.modules() if module.training}

    assert changed == {nn.Dropout2d}
    assert not any(module.training for module in network.modules())


@pytest.mark.parametrize("is_training", [True, False])
def test_a_network_is_left_as_it_was_even_after_an_error(is_training: bool):
    network = a_network().train(is_training)

    with pytest.raises(RuntimeError, match="broken"), dropout_on(network):
        raise RuntimeError("broken")

    assert {module.training for module in network.modules()} == {is_training}


def test_whole_channels_are_dropped():
    network = a_network("tiny", dropout=0.5)
    seen: list[torch.Tensor] = []
    network.dropped.register_forward_hook(lambda _module, _inputs, output: seen.append(output))

    answers(network, 1)

    is_dropped = (seen[-1] == 0).flatten(2)
    assert torch.equal(is_dropped.any(dim=2), is_dropped.all(dim=2))
    assert 0 < is_dropped.all(dim=2).sum() < is_dropped.shape[1]
