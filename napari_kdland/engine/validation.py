"""How far the averaged network is from the readers: on the validation images, and on some that it learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.answers import likeliest_regions, region_probabilities
from napari_kdland.engine.inputs import StoredImages, centred, region_masks
from napari_kdland.engine.networks.base import STRIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import Tensor

    from napari_kdland.engine.networks.base import NetworkOutput
    from napari_kdland.engine.training_data import TrainingData
    from napari_kdland.recipes import Recipe

_BATCH = 8
# So many of the labelled images tell how well the network fits what it learns from: one batch more a validation.
_SAMPLE = 8


@dataclass(frozen=True)
class Judged:
    """What was found on one batch: radial errors in image pixels (b,), and Dice of each region (b, R); NaN unknown."""

    error_px: Tensor
    dice: Tensor


@dataclass(frozen=True)
class Verdict:
    """Means over the images judged; `None` where the network has no such head, or no reader said anything."""

    error_px: float | None
    dice: float | None

    @classmethod
    def of(cls, judged: Iterable[Judged]) -> Verdict:
        """Take the mean over images, and over regions within an image."""
        parts = list(judged)
        return cls(_mean(part.error_px for part in parts), _mean(part.dice.nanmean(-1) for part in parts))

    def measured(self, of: str) -> dict[str, float]:
        """Give the figures of ``train`` or ``val`` by the names that events carry them under."""
        values = {f"{of}_radial_error_px": self.error_px, f"{of}_dice": self.dice}
        return {name: value for name, value in values.items() if value is not None}

    def is_better_than(self, error_px: float | None, dice: float | None) -> bool:
        """Compare with the best so far: by the radial error where there is one, else by Dice."""
        if self.error_px is not None:
            return error_px is None or self.error_px < error_px
        return self.dice is not None and (dice is None or self.dice > dice)


def fitted_sample(data: TrainingData) -> TrainingData:
    """Give data whose validation images are some of the labelled ones, the same at every call, spread over all."""
    n = len(data.labelled)
    rows = np.linspace(0, n - 1, min(n, _SAMPLE)).round().astype(np.int64)
    masks = data.masks
    if masks is not None:
        masks = replace(masks, validation=masks.labelled[rows], validation_known=masks.labelled_known[rows])
    return replace(
        data,
        validation=data.labelled[rows],
        validation_points=data.points[rows],
        validation_scale=data.labelled_scale[rows],
        masks=masks,
    )


class Validation:
    """The validation images of a training; as many as have a known point or a known region."""

    def __init__(
        self, data: TrainingData, recipe: Recipe, network: Callable[[Tensor], NetworkOutput], device: torch.device
    ) -> None:
        masks = data.masks if recipe.heads.regions else None
        is_known = np.zeros(len(data.validation), dtype=bool)
        if recipe.heads.landmarks:
            is_known |= np.isfinite(data.validation_points).all(-1).any(-1)
        if masks is not None:
            is_known |= masks.validation >= 0
        rows = np.flatnonzero(is_known)
        self._masks, self._rows = masks, rows
        self._planes = data.planes_of(data.validation[rows], data.channel_places(recipe.input.channels))
        self._points = torch.from_numpy(data.validation_points[rows])
        self._scale = torch.from_numpy(data.validation_scale[rows])
        used = self._planes.ravel()
        if masks is not None:
            used = np.concatenate((used, masks.validation[masks.validation >= 0]))
        self._images = StoredImages(data.images, used, device)
        self._network = network
        self._sigma = recipe.input.sigma_px / STRIDE
        self._decoding = recipe.decoding
        self._has_landmarks = recipe.heads.landmarks

    def __len__(self) -> int:
        return len(self._planes)

    def judged(self) -> Iterator[Judged]:
        """Judge the validation images, a batch at a time."""
        for start in range(0, len(self), _BATCH):
            rows = slice(start, start + _BATCH)
            output = self._seen(self._images[self._planes[rows]])
            yield Judged(self._errors(output, rows), self._dice(output, rows))

    @torch.no_grad()
    def _seen(self, grey: Tensor) -> NetworkOutput:
        return self._network(centred(grey))

    def _errors(self, output: NetworkOutput, rows: slice) -> Tensor:
        if not self._has_landmarks:
            return torch.empty(0)
        maps = heatmaps.from_logits(output.logits, self._sigma)
        located = (heatmaps.decode(maps, self._sigma, self._decoding).points.cpu() + 0.5) * STRIDE - 0.5
        distance: Tensor = torch.linalg.vector_norm(located - self._points[rows], dim=-1)
        return distance.nanmean(-1) * self._scale[rows]

    def _dice(self, output: NetworkOutput, rows: slice) -> Tensor:
        """Give Dice (b, R) on the grid of the heatmaps; NaN where the reader said nothing or a region is nowhere."""
        masks = self._masks
        if masks is None:
            return torch.empty(0, 0)
        places = masks.validation[self._rows[rows]]
        flags = self._images.raw(np.where(places < 0, masks.validation.max(), places))
        first = 0 if masks.overlapping else 1
        truth = masks.on_grid(region_masks(flags, masks.bits))[:, first:]
        probabilities = region_probabilities(output.regions, overlapping=masks.overlapping)
        predicted = likeliest_regions(probabilities, overlapping=masks.overlapping)[:, first:]
        dice = 2 * (predicted * truth).sum((-2, -1)) / (predicted + truth).sum((-2, -1))
        known = masks.validation_known[self._rows[rows]] & (places >= 0)[:, None]
        return torch.where(torch.from_numpy(known), dice.cpu(), torch.nan)


def _mean(values: Iterable[Tensor]) -> float | None:
    parts = [part for part in values if part.numel()]
    if not parts:
        return None
    mean = torch.cat(parts).nanmean().item()
    return None if np.isnan(mean) else mean
