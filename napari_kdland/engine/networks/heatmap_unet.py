"""MONAI's U-Net behind a space-to-depth of 2, in four sizes."""

from __future__ import annotations

from monai.networks.nets import BasicUNet
from monai.networks.nets.basic_unet import UpCat
from torch import Tensor, nn

from napari_kdland.engine.networks.base import STRIDE, TAPS, Backbone, Heads, NetworkOutput, dropout_layer

__all__ = ["STRIDE", "TAPS", "HeatmapUNet", "NetworkOutput", "large", "light", "teacher", "tiny"]


class HeatmapUNet(Backbone):
    """A U-Net at half resolution.

    At full resolution the same network takes five times as long on a CPU, for no gain at these heatmap widths.

    Parameters
    ----------
    features
        Channels of the five levels and of the last layer.
    heads
        What the network is asked for.
    channels
        C of the images.
    dropout
        Rate of the channels dropped behind the bottleneck and behind each level of the way up.
    """

    body: BasicUNet

    def __init__(
        self, features: tuple[int, int, int, int, int, int], heads: Heads, *, channels: int = 1, dropout: float = 0.0
    ) -> None:
        body = _quickened(
            BasicUNet(
                spatial_dims=2,
                in_channels=channels * STRIDE**2,
                out_channels=heads.n_channels,
                features=features,
            )
        )
        taps = {"low": features[0], "high": features[2], "bottleneck": features[4]}
        taps |= {"up-4": features[1], "up-8": features[2], "up-16": features[3]}
        super().__init__(body, heads, taps, channels=channels)
        self.fold = nn.PixelUnshuffle(STRIDE)
        self.dropped = dropout_layer(dropout)

    def maps_and_features(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the maps and the features."""
        body, dropped = self.body, self.dropped
        low = body.conv_0(self.fold(images))
        level_1 = body.down_1(low)
        high = body.down_2(level_1)
        level_3 = body.down_3(high)
        bottleneck = body.down_4(level_3)
        up_16 = dropped(body.upcat_4(dropped(bottleneck), level_3))
        up_8 = dropped(body.upcat_3(up_16, high))
        up_4 = dropped(body.upcat_2(up_8, level_1))
        maps = body.final_conv(dropped(body.upcat_1(up_4, low)))
        ups = {"up-4": up_4, "up-8": up_8, "up-16": up_16}
        return maps, {"low": low, "high": high, "bottleneck": bottleneck, **ups}


def _quickened(body: BasicUNet) -> BasicUNet:
    """Take out what costs time and changes nothing: a sixth of a training step in bfloat16 on a CPU."""
    for name, module in list(body.named_modules()):
        if isinstance(module, nn.InstanceNorm2d):
            # The same function, one group a channel, with a kernel that knows bfloat16.
            body.set_submodule(name, nn.GroupNorm(module.num_features, module.num_features))
        if isinstance(module, UpCat):
            # Sides are multiples of 32, so there is nothing to pad; MONAI would copy the features all the same.
            module.is_pad = False
    return body


def tiny(heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> HeatmapUNet:
    """Give the smallest network."""
    return HeatmapUNet((8, 8, 16, 32, 64, 8), heads, channels=channels, dropout=dropout)


def light(heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> HeatmapUNet:
    """Give the student."""
    return HeatmapUNet((16, 16, 32, 64, 120, 16), heads, channels=channels, dropout=dropout)


def teacher(heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> HeatmapUNet:
    """Give the teacher for a CPU."""
    return HeatmapUNet((32, 32, 64, 128, 256, 32), heads, channels=channels, dropout=dropout)


def large(heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> HeatmapUNet:
    """Give the teacher for a GPU."""
    return HeatmapUNet((64, 64, 128, 256, 512, 64), heads, channels=channels, dropout=dropout)
