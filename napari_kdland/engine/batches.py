"""The batch of each step as a pure function of seed and step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from napari_kdland.engine.augmentation import Augmentation, Changes
from napari_kdland.engine.devices import seed_of
from napari_kdland.engine.inputs import StoredImages, centred, region_masks
from napari_kdland.engine.mapping import Mapping
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_kdland.engine.training_data import TrainingData
    from napari_kdland.recipes import Recipe

_LABELLED, _UNLABELLED = 1, 2
_CHANGES, _NOISE, _ORDER, _WEAK_CHANGES, _WEAK_NOISE = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Batch:
    """What one step trains on; labelled images come first.

    Parameters
    ----------
    images : (B, C, S, S)
        As the student takes them.
    points, weights, presence : (n, L, 2), (n, L), (n, L)
        Of the n labelled images, as in `TrainingData`, after augmentation; points in input pixels.
    masks : (n, C_r, h, w)
        0 or 1, on the grid of the heatmaps, the background first where regions exclude each other.
    masks_known : (n, C_r)
        Which channels the reader has spoken of.
    rows : (B,)
        Which images these are.
    teacher_images : (B, C_t, S, S)
        As the teacher takes them; `None` where it was asked before the training, or there is none.
    to_student
        From the teacher's view to the student's; `None` where they see the same.
    is_mirrored : (B,)
        Where that map swaps left and right.
    """

    images: Tensor
    points: Tensor
    weights: Tensor
    presence: Tensor
    masks: Tensor
    masks_known: Tensor
    rows: NDArray[np.int64]
    teacher_images: Tensor | None
    to_student: Mapping | None
    is_mirrored: Tensor

    @property
    def n_labelled(self) -> int:
        """N."""
        return len(self.points)


@dataclass(frozen=True)
class _Part:
    """The labelled or the unlabelled images of a batch, all channels, with the teacher's view of them."""

    rows: NDArray[np.int64]
    images: Tensor
    changes: Changes
    teacher_images: Tensor | None
    teacher_changes: Changes | None


class Batches:
    """The batch of every step.

    Labelled and unlabelled images are drawn from streams of their own, so that recipes that differ in what they do with
    unlabelled images see the same labelled ones, changed in the same way.

    Raises
    ------
    RecipeError
        If images are to be mirrored, but no landmark has a partner.
    """

    def __init__(
        self, data: TrainingData, recipe: Recipe, *, mirrored_order: Sequence[int], seed: int, device: torch.device
    ) -> None:
        self._data, self._recipe, self._seed, self._device = data, recipe, seed, device
        self._part, self._views = recipe.training, recipe.views
        self._augmentation = Augmentation(recipe.augmentation, mirrored_order)
        is_apart = recipe.views.kind == "weak-strong"
        self._strong = Augmentation(recipe.views.strong, mirrored_order) if is_apart else self._augmentation
        self._weak = Augmentation(recipe.views.weak, mirrored_order)
        flipping = [each for each in (self._augmentation, self._strong, self._weak) if each.limits.flip]
        self._sides = flipping[0] if flipping else self._augmentation
        if flipping and recipe.heads.regions and data.masks is not None and not data.masks.has_sides:
            raise RecipeError(
                "The recipe mirrors images (flip = true) and learns regions, but the scheme names no left-right pairs "
                "of regions. Set flip = false, or name region_pairs in the scheme."
            )
        self._own = data.channel_places(recipe.input.channels)
        self._teachers = data.channel_places(recipe.teacher.channels) if recipe.teacher.channels else self._own
        self._all = tuple(dict.fromkeys((*self._own, *self._teachers)))
        rows = np.concatenate((data.labelled, data.unlabelled))
        used = data.planes_of(rows, self._all).ravel()
        if data.masks is not None:
            used = np.concatenate((used, data.masks.labelled[data.masks.labelled >= 0]))
        self._images = StoredImages(data.images, used, device)
        self._labels = [torch.from_numpy(a).to(device) for a in (data.points, data.weights, data.presence)]

    def at(self, step: int, *, with_unlabelled: bool = True) -> Batch:
        """Give the batch of a step, on the device."""
        data, augmentation = self._data, self._augmentation
        drawn = self._rows(len(data.labelled), self._part.labelled_batch, _LABELLED, step)
        on_device = torch.from_numpy(drawn).to(self._device, non_blocking=True)
        points, weights, presence = (values[on_device] for values in self._labels)
        labelled = self._look(data.labelled[drawn], augmentation, _LABELLED, step)
        mirrored = labelled.changes.is_mirrored
        parts = [labelled]
        if with_unlabelled and self._part.unlabelled_batch:
            others = self._rows(len(data.unlabelled), self._part.unlabelled_batch, _UNLABELLED, step)
            parts.append(self._look(data.unlabelled[others], self._strong, _UNLABELLED, step))
        masks, known = self._masks(drawn, labelled.changes)
        return Batch(
            images=self._chosen(torch.cat([part.images for part in parts]), self._own),
            points=augmentation.change_points(points, labelled.changes, data.size),
            weights=augmentation.swap_sides(weights, mirrored),
            presence=augmentation.swap_sides(presence, mirrored),
            masks=masks,
            masks_known=known,
            rows=np.concatenate([part.rows for part in parts]),
            **self._teachers_view(parts),
        )

    def swap_sides(self, values: Tensor, is_mirrored: Tensor) -> Tensor:
        """Let left and right landmarks change places where `is_mirrored` (B,); values are (B, L, ...)."""
        return self._sides.swap_sides(values, is_mirrored)

    def swap_regions(self, values: Tensor, is_mirrored: Tensor) -> Tensor:
        """Let left and right regions change places where `is_mirrored` (B,); values are (B, C_r, ...)."""
        masks = self._data.masks
        if masks is None or not masks.has_sides or not self._sides.limits.flip:
            return values
        swapped = values[:, list(masks.mirrored_channels)]
        return torch.where(is_mirrored.view(-1, *(1 for _ in values.shape[1:])), swapped, values)

    def unchanged(self, rows: NDArray[np.int64]) -> Tensor:
        """Give images as they are, (B, C_t, S, S), as the teacher takes them."""
        return self._chosen(self._images[self._data.planes_of(rows, self._all)], self._teachers)

    def drawn_rows(self, steps: int) -> NDArray[np.int64]:
        """Give every image that the first `steps` steps draw, each once, in order."""
        data, part = self._data, self._part
        found = []
        for images, batch, stream in (
            (data.labelled, part.labelled_batch, _LABELLED),
            (data.unlabelled, part.unlabelled_batch, _UNLABELLED),
        ):
            if not batch:
                continue
            whole, rest = divmod(steps * batch, len(images))
            last = self._round(len(images), stream, whole)[:rest]
            found.append(images if whole else images[last])
        return np.unique(np.concatenate(found))

    def _look(self, rows: NDArray[np.int64], augmentation: Augmentation, stream: int, step: int) -> _Part:
        grey = self._images[self._data.planes_of(rows, self._all)]
        changes = self._draw(augmentation, len(rows), (stream, step, _CHANGES))
        noise = self._generator(self._device, stream, step, _NOISE)
        weakly, weak_changes = None, None
        if self._views.kind == "weak-strong":
            weak_changes = self._draw(self._weak, len(rows), (stream, step, _WEAK_CHANGES))
            weak_noise = self._generator(self._device, stream, step, _WEAK_NOISE)
            weakly = self._weak.change_images(grey, weak_changes, weak_noise)
        elif self._views.kind == "clean" and self._recipe.is_taught_online:
            weakly = grey
        return _Part(rows, augmentation.change_images(grey, changes, noise), changes, weakly, weak_changes)

    def _draw(self, augmentation: Augmentation, count: int, path: tuple[int, ...]) -> Changes:
        return augmentation.draw(count, self._data.size, self._generator("cpu", *path)).to(self._device)

    def _teachers_view(self, parts: Sequence[_Part]) -> dict[str, Any]:
        size = self._data.size
        if self._views.kind == "same":
            images = self._chosen(torch.cat([part.images for part in parts]), self._teachers)
            nowhere = torch.zeros(len(images), dtype=torch.bool, device=self._device)
            return {"teacher_images": images, "to_student": None, "is_mirrored": nowhere}
        maps, mirrored = [], []
        for part in parts:
            mapping, is_mirrored = part.changes.mapping(size), part.changes.is_mirrored
            if part.teacher_changes is not None:
                mapping = mapping.after(part.teacher_changes.mapping(size).inverse())
                is_mirrored = is_mirrored ^ part.teacher_changes.is_mirrored
            maps.append(mapping)
            mirrored.append(is_mirrored)
        seen = [part.teacher_images for part in parts if part.teacher_images is not None]
        return {
            "teacher_images": self._chosen(torch.cat(seen), self._teachers) if seen else None,
            "to_student": Mapping(torch.cat([m.matrix for m in maps]), torch.cat([m.shift_px for m in maps]), size),
            "is_mirrored": torch.cat(mirrored),
        }

    def _chosen(self, grey: Tensor, channels: Sequence[int]) -> Tensor:
        places = [self._all.index(channel) for channel in channels]
        return centred(grey if places == list(range(grey.shape[1])) else grey[:, places])

    def _masks(self, drawn: NDArray[np.int64], changes: Changes) -> tuple[Tensor, Tensor]:
        masks, n, grid = self._data.masks, len(drawn), self._data.size // STRIDE
        if masks is None or not self._recipe.heads.regions:
            empty = torch.zeros((n, 0, grid, grid), device=self._device)
            return empty, torch.zeros((n, 0), device=self._device)
        places = masks.labelled[drawn]
        flags = self._images.raw(np.where(places < 0, masks.labelled.max(), places))
        moved = changes.mapping(self._data.size).images(region_masks(flags, masks.bits))
        channels = self.swap_regions(masks.on_grid(moved), changes.is_mirrored)
        known = masks.labelled_known[drawn] & (places >= 0)[:, None]
        if not masks.overlapping:
            known = np.repeat(known.all(axis=1, keepdims=True), masks.n_channels, axis=1)
        spoken = torch.from_numpy(known).to(self._device, torch.float32)
        return channels, self.swap_regions(spoken, changes.is_mirrored)

    def _generator(self, device: torch.device | str, *path: int) -> torch.Generator:
        return torch.Generator(device).manual_seed(seed_of(self._seed, *path))

    def _rows(self, count: int, batch: int, stream: int, step: int) -> NDArray[np.int64]:
        """Read `batch` places from endless shuffled rounds through `count` images."""
        places = np.arange(step * batch, (step + 1) * batch)
        rounds = {number: self._round(count, stream, number) for number in np.unique(places // count).tolist()}
        return np.array([rounds[place // count][place % count] for place in places.tolist()], dtype=np.int64)

    def _round(self, count: int, stream: int, number: int) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, stream, _ORDER, number]).permutation(count)
