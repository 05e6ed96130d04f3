import pytest
import torch

from napari_kdland.engine.level_heads import LevelHeads
from napari_kdland.engine.networks.base import LEVELS, Heads
from napari_kdland.errors import RecipeError
from tests.engine.factories import noise
from tests.engine.networks.factories import a_network

HEADS = Heads(2, 3)


def test_every_head_says_the_same_maps_as_the_network_on_its_grid():
    network = a_network("tiny", HEADS)
    heads = LevelHeads(LEVELS, network.tap_channels, HEADS)

    output = heads(network(noise(2, 1, 64, 64), taps=LEVELS))

    assert [each.logits.shape for each in output.levels] == [output.logits.shape] * 3
    assert [each.regions.shape for each in output.levels] == [output.regions.shape] * 3


def test_a_head_teaches_the_way_up_to_its_level_and_no_further():
    network = a_network("tiny", HEADS).train()
    heads = LevelHeads(["up-8"], network.tap_channels, HEADS)

    heads(network(noise(2, 1, 64, 64), taps=("up-8",))).levels[0].logits.square().mean().backward()

    assert network.body.upcat_3.convs.conv_0.conv.weight.grad.abs().sum() > 0
    assert network.body.upcat_2.convs.conv_0.conv.weight.grad is None


def test_heads_have_single_precision_whatever_the_network_has():
    network = a_network("tiny", HEADS)
    heads = LevelHeads(["up-4"], network.tap_channels, HEADS)

    with torch.autocast("cpu", torch.bfloat16):
        output = heads(network(noise(2, 1, 64, 64), taps=("up-4",)))

    assert (output.logits.dtype, output.levels[0].logits.dtype) == (torch.bfloat16, torch.float32)


@pytest.mark.parametrize("level", ["up-8", "low"])
def test_a_level_that_the_backbone_has_not_is_refused_with_those_it_has(level: str):
    channels = a_network("enet").tap_channels

    with pytest.raises(RecipeError, match=rf"a level '{level}' that the student's backbone has not. There are: up-4\."):
        LevelHeads(["up-4", level], channels, HEADS)
