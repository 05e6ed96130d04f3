"""MONAI's U-Net behind a space-to-depth of 2, with heatmap logits, a presence output and named feature taps."""

from __future__ import annotations

from typing import NamedTuple

from monai.networks.nets import BasicUNet
from monai.networks.nets.basic_unet import UpCat
from torch import Tensor, nn

TAPS = ("low", "high", "bottleneck")
STRIDE = 2


class NetworkOutput(NamedTuple):
    """What a network says of a batch.

    `logits` (B, L, h, w) of the heatmaps, `presence` (B, L) logits of each landmark being in the image at all, and
    `taps`, the features asked for by name: low (stride 2), high (stride 8), bottleneck (stride 32).
    """

    logits: Tensor
    presence: Tensor
    taps: dict[str, Tensor]


class HeatmapUNet(nn.Module):
    """A U-Net at half resolution.

    At full resolution the same network takes five times as long on a CPU, for no gain at these heatmap widths.

    Parameters
    ----------
    features
        Channels of the five levels and of the last layer.
    n_landmarks
        L.
    """

    def __init__(self, features: tuple[int, int, int, int, int, int], n_landmarks: int) -> None:
        super().__init__()
        self.fold = nn.PixelUnshuffle(STRIDE)
        self.body = _quickened(
            BasicUNet(spatial_dims=2, in_channels=STRIDE**2, out_channels=n_landmarks, features=features)
        )
        self.presence = nn.Linear(features[4], n_landmarks)

    def forward(self, images: Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        """Give the output for images (B, 1, H, W), H and W multiples of 32; features only for `taps`."""
        body = self.body
        low = body.conv_0(self.fold(images))
        level_1 = body.down_1(low)
        high = body.down_2(level_1)
        level_3 = body.down_3(high)
        bottleneck = body.down_4(level_3)
        up = body.upcat_3(body.upcat_4(bottleneck, level_3), high)
        logits = body.final_conv(body.upcat_1(body.upcat_2(up, level_1), low))
        features = {"low": low, "high": high, "bottleneck": bottleneck}
        presence = self.presence(bottleneck.mean(dim=(2, 3)))
        return NetworkOutput(logits, presence, {name: features[name] for name in taps})


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


def tiny(n_landmarks: int) -> HeatmapUNet:
    """Give the smallest network."""
    return HeatmapUNet((8, 8, 16, 32, 64, 8), n_landmarks)


def light(n_landmarks: int) -> HeatmapUNet:
    """Give the student."""
    return HeatmapUNet((16, 16, 32, 64, 120, 16), n_landmarks)


def teacher(n_landmarks: int) -> HeatmapUNet:
    """Give the teacher for a CPU."""
    return HeatmapUNet((32, 32, 64, 128, 256, 32), n_landmarks)


def large(n_landmarks: int) -> HeatmapUNet:
    """Give the teacher for a GPU."""
    return HeatmapUNet((64, 64, 128, 256, 512, 64), n_landmarks)
