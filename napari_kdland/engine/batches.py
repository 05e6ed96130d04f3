"""The images and landmarks of a training, and the batch of each step as a pure function of seed and step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from napari_kdland.anatomy import Landmarks, LandmarkState, Placement
from napari_kdland.engine.augmentation import Augmentation, Changes
from napari_kdland.engine.inputs import StoredImages, centred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_kdland.recipes import Recipe

_LABELLED, _UNLABELLED = 1, 2
_CHANGES, _NOISE, _ORDER = 1, 2, 3


@dataclass(frozen=True)
class LabelledImage:
    """One image with what its readers said: its place in the images, the landmarks in image pixels, its placement."""

    index: int
    landmarks: Landmarks
    placement: Placement


@dataclass(frozen=True)
class TrainingData:
    """Everything that a training reads.

    Parameters
    ----------
    images : (N, S, S) uint16
        Network inputs, usually `ImagePool.images`.
    labelled : (n,)
        Places of the labelled images.
    points : (n, L, 2)
        (y, x) in input pixels; NaN where a landmark carries no point.
    weights : (n, L)
        How much each landmark counts; 0 where it carries no point.
    presence : (n, L)
        1 in the image, 0 absent, NaN not known.
    unlabelled : (m,)
        Places of the unlabelled images.
    validation : (v,)
        Places of the validation images.
    validation_points : (v, L, 2)
        (y, x) in input pixels, NaN where unknown.
    validation_scale : (v,)
        Image pixels per input pixel.
    """

    images: NDArray[np.uint16]
    labelled: NDArray[np.int64]
    points: NDArray[np.float32]
    weights: NDArray[np.float32]
    presence: NDArray[np.float32]
    unlabelled: NDArray[np.int64]
    validation: NDArray[np.int64]
    validation_points: NDArray[np.float32]
    validation_scale: NDArray[np.float32]

    @classmethod
    def prepare(
        cls,
        images: NDArray[np.uint16],
        labelled: Sequence[LabelledImage],
        *,
        landmarks: Sequence[str],
        unlabelled: Sequence[int] = (),
        validation: Sequence[LabelledImage] = (),
        uncertain_weight: float = 0.5,
    ) -> TrainingData:
        """Take landmarks to input pixels, in the order of `landmarks`, and their states to weights and presence."""
        weight_of = {
            LandmarkState.PLACED: 1.0,
            LandmarkState.OCCLUDED: 1.0,
            LandmarkState.UNCERTAIN: uncertain_weight,
        }
        n, n_landmarks = len(labelled), len(landmarks)
        states = [image.landmarks.reordered(landmarks).states for image in labelled]
        weights = [[weight_of.get(state, 0.0) for state in row] for row in states]
        return cls(
            images=images,
            labelled=np.array([image.index for image in labelled], dtype=np.int64),
            points=_input_points(labelled, landmarks),
            weights=np.array(weights, dtype=np.float32).reshape(n, n_landmarks),
            presence=np.array([[_presence(s) for s in row] for row in states], np.float32).reshape(n, n_landmarks),
            unlabelled=np.array(unlabelled, dtype=np.int64),
            validation=np.array([image.index for image in validation], dtype=np.int64),
            validation_points=_input_points(validation, landmarks),
            validation_scale=np.array([1 / image.placement.scale for image in validation], dtype=np.float32),
        )

    @property
    def n_landmarks(self) -> int:
        """L."""
        return int(self.points.shape[1])

    @property
    def size(self) -> int:
        """Side of the inputs in pixels."""
        return int(self.images.shape[-1])


def _input_points(images: Sequence[LabelledImage], landmarks: Sequence[str]) -> NDArray[np.float32]:
    rows = [image.placement.to_input(image.landmarks.reordered(landmarks).points) for image in images]
    return np.array(rows, dtype=np.float32).reshape(len(images), len(landmarks), 2)


def _presence(state: LandmarkState) -> float:
    if state is LandmarkState.NOT_YET:
        return float("nan")
    return float(state is not LandmarkState.ABSENT)


@dataclass(frozen=True)
class Batch:
    """What one step trains on; labelled images come first.

    `images` (B, 1, S, S) as the network takes them. Of the first `n_labelled`: `points` (n, L, 2) in input pixels,
    `weights` (n, L), `presence` (n, L), all as in `TrainingData`, after augmentation.
    """

    images: Tensor
    points: Tensor
    weights: Tensor
    presence: Tensor
    n_labelled: int


class Batches:
    """The batch of every step.

    Labelled and unlabelled images are drawn from streams of their own, so that recipes that differ in what they do with
    unlabelled images see the same labelled ones, changed in the same way.
    """

    def __init__(
        self, data: TrainingData, recipe: Recipe, *, mirrored_order: Sequence[int], seed: int, device: torch.device
    ) -> None:
        self._data = data
        self._part = recipe.training
        self._augmentation = Augmentation(recipe.augmentation, mirrored_order)
        self._seed = seed
        self._device = device
        self._images = StoredImages(data.images, np.concatenate((data.labelled, data.unlabelled)), device)
        self._labels = [torch.from_numpy(a).to(device) for a in (data.points, data.weights, data.presence)]

    def at(self, step: int, *, with_unlabelled: bool = True) -> Batch:
        """Give the batch of a step, on the device."""
        rows = self._rows(len(self._data.labelled), self._part.labelled_batch, _LABELLED, step)
        on_device = torch.from_numpy(rows).to(self._device, non_blocking=True)
        points, weights, presence = (values[on_device] for values in self._labels)
        images, changes = self._changed(self._data.labelled[rows], _LABELLED, step)
        augmentation = self._augmentation
        points = augmentation.change_points(points, changes, self._data.size)
        weights, presence = (augmentation.swap_sides(values, changes) for values in (weights, presence))
        if with_unlabelled and self._part.unlabelled_batch:
            rows = self._rows(len(self._data.unlabelled), self._part.unlabelled_batch, _UNLABELLED, step)
            others, _ = self._changed(self._data.unlabelled[rows], _UNLABELLED, step)
            images = torch.cat((images, others))
        return Batch(centred(images), points, weights, presence, len(points))

    def _changed(self, places: NDArray[np.int64], stream: int, step: int) -> tuple[Tensor, Changes]:
        drawn = self._augmentation.draw(len(places), self._data.size, self._generator("cpu", stream, step, _CHANGES))
        changes = drawn.to(self._device)
        noise = self._generator(self._device, stream, step, _NOISE)
        return self._augmentation.change_images(self._images[places], changes, noise), changes

    def _generator(self, device: torch.device | str, *path: int) -> torch.Generator:
        return torch.Generator(device).manual_seed(_number(self._seed, *path))

    def _rows(self, count: int, batch: int, stream: int, step: int) -> NDArray[np.int64]:
        """Read `batch` places from endless shuffled rounds through `count` images."""
        places = np.arange(step * batch, (step + 1) * batch)
        rounds = {
            number: np.random.default_rng([self._seed, stream, _ORDER, number]).permutation(count)
            for number in np.unique(places // count).tolist()
        }
        return np.array([rounds[place // count][place % count] for place in places.tolist()], dtype=np.int64)


def _number(*path: int) -> int:
    return int(np.random.SeedSequence(path).generate_state(1, np.uint64)[0] >> 1)
