"""Heads on the way up through a network, which learn the same maps as its own and are left behind after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_kdland.engine.distillation.terms.distributions import wide
from napari_kdland.engine.networks.base import LEVELS, Heads, Maps, NetworkOutput
from napari_kdland.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LevelHeads(nn.Module):
    """A 1x1 convolution on each of some features of the way up.

    They are trained along with a network but are no part of it: what predicts, and what it costs, stays the same.

    Parameters
    ----------
    levels
        Names of the features, out of `LEVELS`.
    channels
        Channels of the network's features by name.
    heads
        What each is asked for, as the network itself.

    Raises
    ------
    RecipeError
        If a level is not one, or not one of this network.

    References
    ----------
    Luo et al. 2021, Efficient semi-supervised gross target volume of nasopharyngeal carcinoma segmentation via
    uncertainty rectified pyramid consistency, section 2.1, without its dropout and noise on
    the features of the single heads.
    """

    def __init__(self, levels: Sequence[str], channels: Mapping[str, int], heads: Heads) -> None:
        super().__init__()
        known = [level for level in LEVELS if level in channels]
        for level in levels:
            if level not in known:
                raise RecipeError(
                    f"base.levels names a level {level!r} that the student's backbone has not. There are: "
                    f"{', '.join(known)}."
                )
        self._parted = heads.parted
        self.heads = nn.ModuleDict({level: nn.Conv2d(channels[level], heads.n_channels, 1) for level in levels})

    def forward(self, output: NetworkOutput) -> NetworkOutput:
        """Give the output with what each head says, brought to the grid of the network's own maps (bilinear)."""
        size = output.logits.shape[-2:]
        with torch.autocast(output.logits.device.type, enabled=False):
            said = tuple(self._said(head, output.taps[level], size) for level, head in self.heads.items())
        return output._replace(levels=said)

    def _said(self, head: nn.Module, features: Tensor, size: torch.Size) -> Maps:
        maps = functional.interpolate(head(wide(features)), size, mode="bilinear", align_corners=False)
        return self._parted(maps)
