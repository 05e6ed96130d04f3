"""How far the averaged network is from the readers on the validation images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.inputs import StoredImages, centred
from napari_kdland.engine.networks.heatmap_unet import STRIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from napari_kdland.engine.batches import TrainingData
    from napari_kdland.engine.networks.heatmap_unet import NetworkOutput
    from napari_kdland.recipes import Recipe

_BATCH = 8


class Validation:
    """The validation images of a training; as many as have a known point."""

    def __init__(
        self, data: TrainingData, recipe: Recipe, network: Callable[[Tensor], NetworkOutput], device: torch.device
    ) -> None:
        rows = np.flatnonzero(np.isfinite(data.validation_points).all(-1).any(-1))
        self._places = data.validation[rows]
        self._points = torch.from_numpy(data.validation_points[rows])
        self._scale = torch.from_numpy(data.validation_scale[rows])
        self._images = StoredImages(data.images, self._places, device)
        self._network = network
        self._sigma = recipe.input.sigma_px / STRIDE

    def __len__(self) -> int:
        return len(self._places)

    def errors(self) -> Iterator[Tensor]:
        """Give each image's mean radial error in image pixels, a batch at a time; shape (b,)."""
        for start in range(0, len(self), _BATCH):
            rows = slice(start, start + _BATCH)
            points = self._located(self._images[self._places[rows]])
            distance = torch.linalg.vector_norm(points - self._points[rows], dim=-1)
            yield distance.nanmean(-1) * self._scale[rows]

    @torch.no_grad()
    def _located(self, grey: Tensor) -> Tensor:
        maps = heatmaps.from_logits(self._network(centred(grey)).logits, self._sigma)
        return (heatmaps.decode(maps, self._sigma).points.cpu() + 0.5) * STRIDE - 0.5
