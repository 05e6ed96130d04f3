import pytest
import torch

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import Heads
from napari_kdland.engine.networks.mobilenetv2 import InvertedResidual
from tests.engine.factories import noise


def test_the_encoder_has_the_weights_of_the_published_one():
    body = networks.build("mobilenetv2", Heads(2)).body

    count = sum(weight.numel() for part in ("stem", "levels") for weight in body[part].parameters())

    # torchvision's 3,504,872 without its 1,281,000 for classes and two of three channels.
    assert count == 2_223_296


def test_a_block_adds_what_came_in_where_shapes_allow():
    block = InvertedResidual(8, 8, stride=1, expansion=6).eval()
    torch.nn.init.zeros_(block.block[-1][0].weight)
    features = noise(1, 8, 4, 4)

    assert torch.equal(block(features), features)


@pytest.mark.parametrize(("n_out", "stride"), [(8, 2), (16, 1)])
def test_a_block_that_changes_the_shape_adds_nothing(n_out: int, stride: int):
    block = InvertedResidual(8, n_out, stride=stride, expansion=6).eval()
    torch.nn.init.zeros_(block.block[-1][0].weight)

    changed = block(noise(1, 8, 4, 4))

    assert changed.shape == (1, n_out, 4 // stride, 4 // stride)
    assert not changed.any()


def test_the_narrow_side_has_no_activation():
    block = InvertedResidual(8, 16, stride=1, expansion=6)

    assert (block(noise(2, 8, 8, 8)) < 0).any()
