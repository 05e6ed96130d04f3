"""One trained network behind a teacher, asked on the student's grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from napari_kdland.engine.networks.base import NetworkOutput


@dataclass(frozen=True)
class TrainedMember:
    """One network of a teacher.

    Parameters
    ----------
    network
        What to call.
    size
        Side of its input in pixels.
    sigma_px
        Standard deviation of its targets in its own input pixels.
    order
        For each of the student's landmarks, its place among the network's.
    channels
        For each channel that it sees, its place among the images' channels.
    region_order
        For each of the student's region channels, its place among the network's.
    """

    network: nn.Module
    size: int
    sigma_px: float
    order: tuple[int, ...]
    channels: tuple[int, ...] = (0,)
    region_order: tuple[int, ...] = ()

    @torch.no_grad()
    def answer(self, images: Tensor, size: tuple[int, int], taps: Sequence[str] = ()) -> Answer:
        """Give what it says of images (B, C, S, S) on a grid of `size`.

        A member of another input size is shown the images at its own size, and its maps are resized to the grid.
        """
        seen = images[:, list(self.channels)]
        if images.shape[-1] != self.size:
            wanted = (self.size, self.size)
            seen = functional.interpolate(seen, wanted, mode="bilinear", align_corners=False, antialias=True)
        output = self.network(seen, tuple(taps)) if taps else self.network(seen)
        return on_grid(output, size, self.order, self.region_order)

    def sigma(self, images: Tensor, size: tuple[int, int]) -> float:
        """Give the standard deviation of its own targets, in pixels of a grid of `size` over the images.

        Raises
        ------
        ValueError
            If the grid is not of the images' shape.
        """
        if images.shape[-2] * size[1] != images.shape[-1] * size[0]:
            raise ValueError(f"a grid of {size} does not fit images of {tuple(images.shape[-2:])}")
        return self.sigma_px * size[0] / self.size


def on_grid(output: NetworkOutput, size: tuple[int, int], order: Sequence[int], region_order: Sequence[int]) -> Answer:
    """Give a network's output as an answer on a grid of `size`, its landmarks and regions in the student's order."""
    logs = heatmaps.log_softmax(output.logits[:, list(order)])
    regions = output.regions[:, list(region_order)].float()
    if logs.shape[-2:] != size:
        logs = heatmaps.log_softmax(functional.interpolate(logs, size, mode="bilinear", align_corners=False))
        if regions.shape[1]:
            regions = functional.interpolate(regions, size, mode="bilinear", align_corners=False)
    return Answer(logs, regions, {name: features.float() for name, features in output.taps.items()})
