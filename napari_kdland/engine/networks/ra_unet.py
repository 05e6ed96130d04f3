"""The RA-UNet teacher: a ResNet-34 encoder, and a decoder whose skips pass through attention."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine.networks.base import LEVELS, Backbone, Heads, dropout_layer
from napari_kdland.engine.networks.blocks import convolution
from napari_kdland.engine.networks.resnet import WIDTHS, resnet_encoder, resnet_levels

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAST_WIDTH = 32


class RAUNet(Backbone):
    """A residual attention U-Net with the encoder of ResNet-34, whose stem already is at stride 2.

    The published decoder goes one step further, to full resolution; here its last convolutions stay at stride 2.
    22.15 M parameters with 20 maps, as published.

    Parameters
    ----------
    heads
        What the network is asked for.
    channels
        C of the images.
    dropout
        Rate of the channels dropped behind the bottleneck and behind each level of the decoder.

    References
    ----------
    Ni et al. 2019, RAUNet: residual attention U-Net for semantic segmentation of cataract surgical instruments,
    section 2.
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, code (EMKD).
    """

    body: nn.ModuleDict

    def __init__(self, heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> None:
        outwards = (*reversed(WIDTHS), WIDTHS[0])
        body = nn.ModuleDict(
            {
                "encoder": resnet_encoder((3, 4, 6, 3), channels),
                "steps": nn.ModuleList(_step_up(a, b) for a, b in pairwise(outwards)),
                "skips": nn.ModuleList(AttentiveSkip(width) for width in outwards[1:-1]),
                "maps": nn.Sequential(*_last_convolutions(WIDTHS[0], heads.n_channels)),
            }
        )
        taps = {"low": WIDTHS[0], "high": WIDTHS[1], "bottleneck": WIDTHS[3]}
        taps |= dict(zip(LEVELS, outwards[-2:0:-1], strict=True))
        super().__init__(body, heads, taps, channels=channels)
        self.dropped = dropout_layer(dropout)

    def maps_and_features(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the maps and the features."""
        low, *middle, bottleneck = resnet_levels(self.body["encoder"], images)
        *steps, last = self.body["steps"].children()
        up, ups = self.dropped(bottleneck), []
        for step, skip, level in zip(steps, self.body["skips"].children(), middle[::-1], strict=True):
            up = self.dropped(skip(step(up), level))
            ups.append(up)
        maps = self.body["maps"](self.dropped(last(up)))
        named = dict(zip(LEVELS, reversed(ups), strict=True))
        return maps, {"low": low, "high": middle[1], "bottleneck": bottleneck, **named}


class AttentiveSkip(nn.Module):
    """Add an encoder's features to a decoder's, each channel weighted by what both are on average.

    Two departures from the published module. Its weights sum to 1 over the channels, so that a skip of 256 channels
    passes hardly anything until few of them are chosen; here their mean is 1. Its means over each image are
    normalised over the batch, which fails for a batch of one; here they are not.

    Parameters
    ----------
    width
        Channels of both.

    References
    ----------
    Ni et al. 2019, RAUNet, section 2.3 (augmented attention module).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_decoder = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU())
        self.of_encoder = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU())
        self.weights = nn.Sequential(nn.Conv2d(width, width, 1), nn.Softmax(dim=1))
        self.passed = convolution(width, width)

    def forward(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Give the sum (B, width, h, w)."""
        both = self.of_decoder(_mean(decoded)) + self.of_encoder(_mean(encoded))
        weights = self.weights(both) * encoded.shape[1]
        passed: Tensor = self.passed(encoded) * weights
        return decoded + passed


def _mean(features: Tensor) -> Tensor:
    return features.mean(dim=(2, 3), keepdim=True)


def _step_up(n_in: int, n_out: int) -> nn.Sequential:
    """Give the decoder's block of LinkNet: narrow, double the size, widen."""
    narrow = n_in // 4
    return nn.Sequential(
        convolution(n_in, narrow),
        nn.ConvTranspose2d(narrow, narrow, 4, 2, 1, bias=False),
        nn.BatchNorm2d(narrow),
        nn.ReLU(),
        convolution(narrow, n_out),
    )


def _last_convolutions(n_in: int, n_out: int) -> Iterator[nn.Module]:
    yield from (nn.Conv2d(n_in, _LAST_WIDTH, 3, padding=1), nn.ReLU())
    yield from (nn.Conv2d(_LAST_WIDTH, _LAST_WIDTH, 3, padding=1), nn.ReLU())
    yield nn.Conv2d(_LAST_WIDTH, n_out, 3, padding=1)
