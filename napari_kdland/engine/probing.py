"""A handful of images that are watched while a network learns: what it sees in them, at every validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.answers import region_probabilities
from napari_kdland.engine.inputs import StoredImages, centred
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.engine.small_maps import packed
from napari_kdland.events import Probed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from napari_kdland.anatomy import Placement
    from napari_kdland.engine.networks.base import NetworkOutput
    from napari_kdland.engine.training_data import TrainingData
    from napari_kdland.recipes import Recipe

MOST_PROBES = 8
# Larger maps are told as the mean of their pixels: they are looked at in tiles of a hundred pixels.
_LARGEST_MAP = 128


@dataclass(frozen=True)
class ProbeImage:
    """An image to be watched: its content hash, its place among the stored images, and where it lies in its input."""

    image: str
    place: int
    placement: Placement


class Probes:
    """Asks the averaged network of the watched images, all in one batch; the training goes on as if it did not.

    Parameters
    ----------
    probes
        The first eight are watched.
    data, recipe
        Of the training.
    network
        The averaged network, as it predicts.
    device
        Where it lies.
    """

    def __init__(
        self,
        probes: Sequence[ProbeImage],
        data: TrainingData,
        recipe: Recipe,
        network: Callable[[Tensor], NetworkOutput],
        device: torch.device,
    ) -> None:
        self._probes = tuple(probes[:MOST_PROBES])
        places = np.array([probe.place for probe in self._probes], dtype=np.int64)
        self._planes = data.planes_of(places, data.channel_places(recipe.input.channels))
        self._images = StoredImages(data.images, self._planes.ravel(), device)
        self._network = network
        self._sigma = recipe.input.sigma_px / STRIDE
        self._decoding = recipe.decoding
        self._has_landmarks = recipe.heads.landmarks
        self._overlapping = data.masks is None or data.masks.overlapping

    def seen(self, step: int) -> Iterator[Probed]:
        """Tell what the network sees now, an image at a time."""
        if not self._probes:
            return
        maps, points = self._ask()
        for probe, heatmap, found in zip(self._probes, maps, points, strict=True):
            in_image = probe.placement.to_image(found)
            yield Probed(step, probe.image, tuple((float(y), float(x)) for y, x in in_image), packed(heatmap))

    @torch.no_grad()
    def _ask(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the highest maps (n, h, w), and points (n, L, 2) in heatmap pixels."""
        output = self._network(centred(self._images[self._planes]))
        if self._has_landmarks:
            maps = heatmaps.from_logits(output.logits, self._sigma)
            points = heatmaps.decode(maps, self._sigma, self._decoding).points.cpu().double().numpy()
        else:
            maps = region_probabilities(output.regions, overlapping=self._overlapping)
            maps = maps if self._overlapping else maps[:, 1:]
            points = np.zeros((len(maps), 0, 2))
        highest = maps.float().amax(dim=1, keepdim=True)
        shrink = -(-highest.shape[-1] // _LARGEST_MAP)
        return functional.avg_pool2d(highest, shrink)[:, 0].cpu().numpy(), points
