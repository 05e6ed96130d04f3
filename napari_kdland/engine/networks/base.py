"""What all backbones have in common: heads, strides, feature taps, and the output that they give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

STRIDE = 2
TAPS = ("low", "high", "bottleneck")
# Of the way up; a network that goes less deep has fewer.
LEVELS = ("up-4", "up-8", "up-16")


class Maps(NamedTuple):
    """What one head says: `logits` (B, L, h, w) of the heatmaps, and `regions` (B, C_r, h, w), logits too."""

    logits: Tensor
    regions: Tensor


class Heads(NamedTuple):
    """What a network is asked for: L landmarks, and channels of region logits.

    Regions that exclude each other (softmax) need one channel more than there are regions, background first; regions
    that may overlap (sigmoid) need one each. Either number may be 0.
    """

    n_landmarks: int
    n_region_channels: int = 0

    @property
    def n_channels(self) -> int:
        """Channels of the last convolution."""
        return self.n_landmarks + self.n_region_channels

    def parted(self, maps: Tensor) -> Maps:
        """Give what is of landmarks and what of regions in maps (B, L + C_r, h, w)."""
        return Maps(maps[:, : self.n_landmarks], maps[:, self.n_landmarks :])


class NetworkOutput(NamedTuple):
    """What a network says of a batch; what it was not asked for is an empty tensor.

    `logits` (B, L, h, w) of the heatmaps, `presence` (B, L) logits of each landmark being in the image at all,
    `regions` (B, C_r, h, w) logits, and `taps`, the features asked for by name: low (stride 2), high (stride 8),
    bottleneck (the deepest), up-4, up-8, up-16 (the way up, at these strides). `levels` are what heads on the way up
    say of the same maps while a recipe trains such heads.
    """

    logits: Tensor
    presence: Tensor
    regions: Tensor
    taps: dict[str, Tensor] = {}  # noqa: RUF012, callers that ask for no features need not name them
    levels: tuple[Maps, ...] = ()

    @property
    def maps(self) -> Maps:
        """The maps of the network's own head."""
        return Maps(self.logits, self.regions)


class Backbone(nn.Module, ABC):
    """A network from images (B, C, H, W) to maps at half their resolution, H and W multiples of 32.

    Parameters
    ----------
    body
        All that has weights, from the images to the maps. It comes built, so that a seed's weights are drawn for it
        before those of the presence output.
    heads
        What the network is asked for.
    tap_channels
        Channels of the features low, high, bottleneck, and of those in `LEVELS` that the network has.
    channels
        C of the images.
    """

    def __init__(self, body: nn.Module, heads: Heads, tap_channels: dict[str, int], *, channels: int) -> None:
        super().__init__()
        self.body = body
        self.heads = heads
        self.tap_channels = tap_channels
        self.channels = channels
        # torch warns of a layer without weights.
        self.presence = nn.Linear(tap_channels["bottleneck"], heads.n_landmarks) if heads.n_landmarks else None

    @abstractmethod
    def maps_and_features(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the maps (B, L + C_r, H / 2, W / 2), landmarks first, and the features by name."""

    def forward(self, images: Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        """Give the output for images (B, C, H, W); features only for `taps`."""
        maps, features = self.maps_and_features(images)
        logits, regions = self.heads.parted(maps)
        pooled = features["bottleneck"].mean(dim=(2, 3))
        presence = pooled[:, :0] if self.presence is None else self.presence(pooled)
        return NetworkOutput(logits, presence, regions, {name: features[name] for name in taps})


def dropout_layer(rate: float) -> nn.Module:
    """Give a layer that drops whole channels, or one that does nothing where the rate is 0.

    Neighbouring pixels of a feature say nearly the same, so dropping single pixels drops hardly anything.

    References
    ----------
    Tompson et al. 2015, Efficient object localization using convolutional networks, section 3.2.
    """
    return nn.Dropout2d(rate) if rate else nn.Identity()
