"""The ENet student: early reduction, dilated bottlenecks at stride 8, and unpooling on the way up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_kdland.engine.networks.base import Backbone, Heads, dropout_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST_FILTERS = 13
# What stages 2 and 3 are made of: the dilation of a 3 x 3 convolution, or 0 for 5 x 1 and 1 x 5 in its place.
_DILATIONS = (1, 2, 0, 4, 1, 8, 0, 16)


class ENet(Backbone):
    """ENet up to stride 2, where its initial block is, so that the last, full-resolution step is left out.

    0.36 M parameters against 0.35 M with 20 maps: the last convolution is one of 3 x 3 at stride 2, and there is a
    presence output. Its deepest features are at stride 8, so high and bottleneck are one tap. The published student
    sees the grey image as three equal channels and leaves one bottleneck of stage 3 out by oversight; here C
    channels are C channels, and all bottlenecks take part.

    Parameters
    ----------
    heads
        What the network is asked for.
    channels
        C of the images.
    dropout
        Rate of the channels dropped at the end of every bottleneck; 0.1 as published.

    References
    ----------
    Paszke et al. 2016, ENet: a deep neural network architecture for real-time semantic segmentation, table 1.
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, code (EMKD).
    """

    body: nn.ModuleDict

    def __init__(self, heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> None:
        first = _FIRST_FILTERS + channels
        body = nn.ModuleDict(
            {
                "filters": nn.Conv2d(channels, _FIRST_FILTERS, 3, stride=2, padding=1, bias=False),
                "initial": nn.Sequential(nn.BatchNorm2d(first), nn.PReLU()),
                "down_1": DownwardBottleneck(first, 64, dropout),
                "stage_1": _stage(64, (1, 1, 1, 1), dropout),
                "down_2": DownwardBottleneck(64, 128, dropout),
                "stage_2": _stage(128, _DILATIONS, dropout),
                "stage_3": _stage(128, _DILATIONS, dropout),
                "up_4": UpwardBottleneck(128, 64, dropout),
                "stage_4": _stage(64, (1, 1), dropout),
                "up_5": UpwardBottleneck(64, first, dropout),
                "stage_5": _stage(first, (1,), dropout),
                "maps": nn.Conv2d(first, heads.n_channels, 3, padding=1),
            }
        )
        super().__init__(body, heads, {"low": first, "high": 128, "bottleneck": 128, "up-4": 64}, channels=channels)

    def maps_and_features(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the maps and the features."""
        body = self.body
        low = body["initial"](torch.cat((body["filters"](images), functional.max_pool2d(images, 2)), dim=1))
        down, places_1 = body["down_1"](low)
        down, places_2 = body["down_2"](body["stage_1"](down))
        deepest = body["stage_3"](body["stage_2"](down))
        up = body["stage_4"](body["up_4"](deepest, places_2))
        maps = body["maps"](body["stage_5"](body["up_5"](up, places_1)))
        return maps, {"low": low, "high": deepest, "bottleneck": deepest, "up-4": up}


class Bottleneck(nn.Module):
    """Narrow, filter, widen, and add to what came in.

    Parameters
    ----------
    width
        Channels in and out.
    dilation
        Of the 3 x 3 filter; 0 for filters of 5 x 1 and 1 x 5.
    dropout
        Rate of the channels dropped before the sum.
    """

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        narrow = _narrow(width)
        filters = (
            [nn.Conv2d(narrow, narrow, 3, padding=dilation, dilation=dilation, bias=False)]
            if dilation
            else [
                nn.Conv2d(narrow, narrow, (5, 1), padding=(2, 0), bias=False),
                nn.Conv2d(narrow, narrow, (1, 5), padding=(0, 2), bias=False),
            ]
        )
        self.branch = _branch(width, narrow, filters, width, dropout)
        self.act = nn.PReLU()

    def forward(self, features: Tensor) -> Tensor:
        """Give features of the same shape."""
        changed: Tensor = self.act(features + self.branch(features))
        return changed


class DownwardBottleneck(nn.Module):
    """Halve the size: strided filter on one branch, the largest of four pixels on the other."""

    def __init__(self, n_in: int, n_out: int, dropout: float) -> None:
        super().__init__()
        narrow = _narrow(n_out)
        self.across = nn.Sequential(nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out))
        self.branch = _branch(n_in, narrow, [nn.Conv2d(narrow, narrow, 2, stride=2, bias=False)], n_out, dropout)
        self.act = nn.PReLU()

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Give features (B, n_out, h / 2, w / 2), and which of each four pixels of (B, n_in, h, w) was largest."""
        pooled, places = pool(features)
        return self.act(self.across(pooled) + self.branch(features)), places


class UpwardBottleneck(nn.Module):
    """Double the size: transposed filter on one branch, values put back where the largest came from on the other."""

    def __init__(self, n_in: int, n_out: int, dropout: float) -> None:
        super().__init__()
        narrow = _narrow(n_out)
        self.across = nn.Sequential(nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out))
        self.branch = _branch(
            n_in, narrow, [nn.ConvTranspose2d(narrow, narrow, 2, stride=2, bias=False)], n_out, dropout
        )
        self.act = nn.PReLU()

    def forward(self, features: Tensor, places: Tensor) -> Tensor:
        """Give features (B, n_out, 2 h, 2 w)."""
        larger: Tensor = self.act(unpool(self.across(features), places) + self.branch(features))
        return larger


def pool(features: Tensor) -> tuple[Tensor, Tensor]:
    """Give the largest of each four pixels (B, C, h / 2, w / 2), and which of the four it was, 0 to 3."""
    batch, channels, height, width = features.shape
    fours = functional.pixel_unshuffle(features, 2).view(batch, channels, 4, height // 2, width // 2)
    largest, places = fours.max(dim=2)
    return largest, places


def unpool(features: Tensor, places: Tensor) -> Tensor:
    """Put values (B, C, h, w) where the largest of each four pixels was, zeros beside it: (B, C, 2 h, 2 w).

    torch's own unpooling knows no bfloat16, and is refused where every step has to be reproducible.
    """
    four = torch.arange(4, device=places.device).view(4, 1, 1)
    fours = torch.where(places.unsqueeze(2) == four, features.unsqueeze(2), 0.0)
    return functional.pixel_shuffle(fours.flatten(1, 2), 2)


def _narrow(width: int) -> int:
    return math.ceil(width / 4)


def _stage(width: int, dilations: Sequence[int], dropout: float) -> nn.Sequential:
    return nn.Sequential(*(Bottleneck(width, dilation, dropout) for dilation in dilations))


def _branch(n_in: int, narrow: int, filters: Sequence[nn.Module], n_out: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(n_in, narrow, 1, bias=False),
        nn.BatchNorm2d(narrow),
        nn.PReLU(),
        *filters,
        nn.BatchNorm2d(narrow),
        nn.PReLU(),
        nn.Conv2d(narrow, n_out, 1, bias=False),
        nn.BatchNorm2d(n_out),
        dropout_layer(dropout),
    )
