import pytest
import torch

from napari_kdland.engine.networks.resnet import resnet_encoder, resnet_levels
from tests.engine.factories import noise


@pytest.mark.parametrize(
    ("depths", "count"),
    # torchvision's networks (11,689,512 and 21,797,672) without their 513,000 for classes and two of three channels.
    [((2, 2, 2, 2), 11_170_240), ((3, 4, 6, 3), 21_278_400)],
    ids=["18", "34"],
)
def test_encoders_have_the_weights_of_the_published_ones(depths: tuple[int, int, int, int], count: int):
    assert sum(weight.numel() for weight in resnet_encoder(depths, 1).parameters()) == count


def test_levels_are_at_strides_2_to_32():
    levels = resnet_levels(resnet_encoder((1, 1, 1, 1), 1), noise(2, 1, 64, 64))

    assert [(level.shape[1], 64 // level.shape[-1]) for level in levels] == [
        (64, 2),
        (64, 4),
        (128, 8),
        (256, 16),
        (512, 32),
    ]


def test_shortcuts_pass_gradients():
    encoder = resnet_encoder((1, 1, 1, 1), 1)
    torch.nn.init.zeros_(encoder.layer2[0].bn2.weight)
    stem = noise(2, 64, 16, 16).requires_grad_()

    encoder.layer2(stem).sum().backward()

    assert stem.grad.abs().sum() > 0
