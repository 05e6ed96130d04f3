"""Pieces that several backbones are made of: convolution with norm, and a decoder that adds levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from napari_kdland.engine.networks.base import dropout_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def convolution(
    n_in: int, n_out: int, kernel: int = 1, *, stride: int = 1, groups: int = 1, act: type[nn.Module] = nn.ReLU
) -> nn.Sequential:
    """Give a convolution that keeps the size but for its stride, with batch norm and activation."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out),
        act(inplace=True),
    )


def separable_convolution(n_in: int, n_out: int) -> nn.Sequential:
    """Give a convolution of 3 x 3 in two: each channel by itself, then the channels of each pixel.

    References
    ----------
    Howard et al. 2017, MobileNets, section 3.1.
    """
    return nn.Sequential(*convolution(n_in, n_in, 3, groups=n_in), *convolution(n_in, n_out))


class PyramidDecoder(nn.Module):
    """Add the levels of an encoder from the deepest up, all at one width.

    Parameters
    ----------
    channels
        Of each level, the deepest first.
    width
        Channels of what comes out.
    mixed
        Makes what follows each sum, from channels in and out.
    dropout
        Rate of the channels dropped at each level.

    References
    ----------
    Lin et al. 2017, Feature pyramid networks for object detection, section 3, with bilinear steps up.
    """

    def __init__(
        self, channels: Sequence[int], width: int, mixed: Callable[[int, int], nn.Module], *, dropout: float
    ) -> None:
        super().__init__()
        self.across = nn.ModuleList(convolution(count, width, act=nn.Identity) for count in channels)
        self.mixed = nn.ModuleList(mixed(width, width) for _ in channels[1:])
        self.dropped = dropout_layer(dropout)

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Give features (B, width, h, w) of the size of each level but the first, the finest last."""
        up: Tensor = self.dropped(self.across[0](levels[0]))
        ups = []
        for across, mixed, level in zip(self.across[1:], self.mixed, levels[1:], strict=True):
            larger = functional.interpolate(up, level.shape[-2:], mode="bilinear", align_corners=False)
            up = self.dropped(mixed(larger + across(level)))
            ups.append(up)
        return ups
