"""The MobileNetV2 student: inverted residuals down to stride 8, and a light decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from napari_kdland.engine.networks.base import Backbone, Heads
from napari_kdland.engine.networks.blocks import PyramidDecoder, convolution, separable_convolution

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEM = 32
_LAST = 1280
_DECODER_WIDTH = 64
# Expansion, channels, repeats and stride of each stage, in groups that end at strides 2, 4 and 8.
_STAGES = (
    ((1, 16, 1, 1), (6, 24, 2, 1)),
    ((6, 32, 3, 2), (6, 64, 4, 1), (6, 96, 3, 1)),
    ((6, 160, 3, 2), (6, 320, 1, 1)),
)


class MobileNetV2(Backbone):
    """MobileNetV2 whose levels at strides 8, 4 and 2 are added up; its stem already is at stride 2.

    Strides are those of the published student, which goes no deeper than stride 8, so high and bottleneck are one
    tap. That student enlarges its maps from stride 8; the decoder here, and the presence output on its 1280 channels,
    bring 3 % more parameters: 2.35 M against 2.28 M with 20 maps.

    Parameters
    ----------
    heads
        What the network is asked for.
    channels
        C of the images.
    dropout
        Rate of the channels dropped at each level of the decoder.

    References
    ----------
    Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks, tables 1 and 2.
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, code (EMKD).
    """

    body: nn.ModuleDict

    def __init__(self, heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> None:
        widths = [_STEM, *(group[-1][1] for group in _STAGES)]
        levels = [nn.Sequential(*_inverted(n_in, group)) for n_in, group in zip(widths, _STAGES, strict=False)]
        levels[-1].append(convolution(widths[-1], _LAST, act=nn.ReLU6))
        body = nn.ModuleDict(
            {
                "stem": convolution(channels, _STEM, 3, stride=2, act=nn.ReLU6),
                "levels": nn.ModuleList(levels),
                "decoder": PyramidDecoder(
                    (_LAST, *widths[2:0:-1]), _DECODER_WIDTH, separable_convolution, dropout=dropout
                ),
                "maps": nn.Conv2d(_DECODER_WIDTH, heads.n_channels, 1),
            }
        )
        taps = {"low": _STEM, "high": _LAST, "bottleneck": _LAST, "up-4": _DECODER_WIDTH}
        super().__init__(body, heads, taps, channels=channels)

    def maps_and_features(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the maps and the features."""
        low = self.body["stem"](images)
        features = [low]
        for level in self.body["levels"].children():
            features.append(level(features[-1]))
        up_4, finest = self.body["decoder"](features[:0:-1])
        maps = self.body["maps"](finest)
        return maps, {"low": low, "high": features[-1], "bottleneck": features[-1], "up-4": up_4}


class InvertedResidual(nn.Module):
    """Widen, filter each channel by itself, narrow without an activation; added to what came in where it can be.

    Parameters
    ----------
    n_in, n_out
        Channels.
    stride
        Of the filter.
    expansion
        How much wider the middle is.

    References
    ----------
    Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks, table 1.
    """

    def __init__(self, n_in: int, n_out: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        middle = n_in * expansion
        widened = [convolution(n_in, middle, act=nn.ReLU6)] if expansion > 1 else []
        self.block = nn.Sequential(
            *widened,
            convolution(middle, middle, 3, stride=stride, groups=middle, act=nn.ReLU6),
            convolution(middle, n_out, act=nn.Identity),
        )
        self.is_added = stride == 1 and n_in == n_out

    def forward(self, features: Tensor) -> Tensor:
        """Give features (B, n_out, h / stride, w / stride)."""
        changed: Tensor = self.block(features)
        return features + changed if self.is_added else changed


def _inverted(n_in: int, group: tuple[tuple[int, int, int, int], ...]) -> Iterator[InvertedResidual]:
    for expansion, n_out, repeats, first_stride in group:
        for repeat in range(repeats):
            yield InvertedResidual(n_in, n_out, stride=1 if repeat else first_stride, expansion=expansion)
            n_in = n_out
