"""Everything that a training reads: images, landmarks, region masks, and which of them may be used for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from napari_kdland.anatomy import Landmarks, LandmarkState, Placement
from napari_kdland.engine.networks.base import STRIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True)
class LabelledImage:
    """One image with what its readers said: its place in the images, the landmarks in image pixels, its placement.

    `accepted` names the landmarks that are predictions which a reader accepted.
    """

    index: int
    landmarks: Landmarks
    placement: Placement
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskData:
    """Region masks, stored as bit flags among the planes of `TrainingData.images`.

    Parameters
    ----------
    bits
        One flag a region.
    overlapping
        Whether regions may overlap: one sigmoid each, or one softmax with the background.
    labelled, validation : (n,), (v,)
        Where the flags of each image lie; -1 where it has no masks.
    labelled_known, validation_known : (n, R), (v, R)
        Which regions the reader has drawn or called absent.
    mirrored_order
        For each region, the one that takes its place in a mirrored image; empty: none does.
    """

    bits: tuple[int, ...]
    overlapping: bool
    labelled: NDArray[np.int64]
    labelled_known: NDArray[np.bool_]
    validation: NDArray[np.int64]
    validation_known: NDArray[np.bool_]
    mirrored_order: tuple[int, ...] = ()

    @property
    def has_sides(self) -> bool:
        """Whether a region has a partner on the other side."""
        return self.mirrored_order not in ((), tuple(range(len(self.bits))))

    @property
    def mirrored_channels(self) -> tuple[int, ...]:
        """For each region channel, the one that takes its place in a mirrored image."""
        order = self.mirrored_order or tuple(range(len(self.bits)))
        return order if self.overlapping else (0, *(place + 1 for place in order))

    @property
    def n_channels(self) -> int:
        """Channels that a network has for these regions."""
        return len(self.bits) + (not self.overlapping)

    def on_grid(self, masks: Tensor) -> Tensor:
        """Give masks (B, R, S, S) as region channels (B, C_r, h, w): where a region has half of a pixel or more."""
        return self.channels(functional.avg_pool2d(masks, STRIDE).ge(0.5).float())

    def channels(self, masks: Tensor) -> Tensor:
        """Give masks (B, R, h, w) as region channels: the background goes before regions that exclude each other."""
        if self.overlapping:
            return masks
        # Where flags overlap all the same, the last region has the pixel.
        later = masks.flip(1).cumsum(1).flip(1) - masks
        alone = masks * (later == 0)
        return torch.cat((1 - alone.sum(dim=1, keepdim=True), alone), dim=1)


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
    labelled_scale : (n,)
        Image pixels per input pixel.
    unlabelled : (m,)
        Places of the unlabelled images.
    validation : (v,)
        Places of the validation images.
    validation_points : (v, L, 2)
        (y, x) in input pixels, NaN where unknown.
    validation_scale : (v,)
        Image pixels per input pixel.
    channels
        Names of the C channels; one without a name is the image's own.
    planes : (N, C)
        Where in `images` the channels of each image lie, -1 where it has none; `None`: each image is one plane.
    masks
        Region masks of the labelled images and of the validation images.
    """

    images: NDArray[np.uint16]
    labelled: NDArray[np.int64]
    points: NDArray[np.float32]
    weights: NDArray[np.float32]
    presence: NDArray[np.float32]
    labelled_scale: NDArray[np.float32]
    unlabelled: NDArray[np.int64]
    validation: NDArray[np.int64]
    validation_points: NDArray[np.float32]
    validation_scale: NDArray[np.float32]
    channels: tuple[str, ...] = ("",)
    planes: NDArray[np.int64] | None = None
    masks: MaskData | None = None

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
        accepted_weight: float = 1.0,
        channels: tuple[str, ...] = ("",),
        planes: NDArray[np.int64] | None = None,
        masks: MaskData | None = None,
    ) -> TrainingData:
        """Take landmarks to input pixels, in the order of `landmarks`, and their states to weights and presence."""
        weight_of = {
            LandmarkState.PLACED: 1.0,
            LandmarkState.OCCLUDED: 1.0,
            LandmarkState.UNCERTAIN: uncertain_weight,
        }
        n, n_landmarks = len(labelled), len(landmarks)
        states = [image.landmarks.reordered(landmarks).states for image in labelled]
        shares = [[accepted_weight if name in image.accepted else 1.0 for name in landmarks] for image in labelled]
        weights = [
            [weight_of.get(state, 0.0) * share for state, share in zip(row, others, strict=True)]
            for row, others in zip(states, shares, strict=True)
        ]
        # A landmark of no weight teaches nothing, so not that it is absent either.
        presence = [
            [_presence(state) if share else np.nan for state, share in zip(row, others, strict=True)]
            for row, others in zip(states, shares, strict=True)
        ]
        return cls(
            images=images,
            labelled=np.array([image.index for image in labelled], dtype=np.int64),
            points=_input_points(labelled, landmarks),
            weights=np.array(weights, dtype=np.float32).reshape(n, n_landmarks),
            presence=np.array(presence, np.float32).reshape(n, n_landmarks),
            labelled_scale=_image_per_input(labelled),
            unlabelled=np.array(unlabelled, dtype=np.int64),
            validation=np.array([image.index for image in validation], dtype=np.int64),
            validation_points=_input_points(validation, landmarks),
            validation_scale=_image_per_input(validation),
            channels=channels,
            planes=planes,
            masks=masks,
        )

    @property
    def n_landmarks(self) -> int:
        """L."""
        return int(self.points.shape[1])

    @property
    def n_regions(self) -> int:
        """R; 0 where there are no region masks."""
        return len(self.masks.bits) if self.masks else 0

    @property
    def size(self) -> int:
        """Side of the inputs in pixels."""
        return int(self.images.shape[-1])

    def planes_of(self, rows: NDArray[np.int64], channels: Sequence[int]) -> NDArray[np.int64]:
        """Give where in `images` the channels of the images lie; shape (len(rows), len(channels))."""
        if self.planes is None:
            return rows[:, None]
        return self.planes[rows][:, list(channels)]

    def channel_places(self, names: Sequence[str]) -> tuple[int, ...]:
        """Give the places of channels among `channels`; of no name at all the first."""
        return tuple(self.channels.index(name) for name in names) or (0,)


def _image_per_input(images: Sequence[LabelledImage]) -> NDArray[np.float32]:
    return np.array([1 / image.placement.scale for image in images], dtype=np.float32)


def _input_points(images: Sequence[LabelledImage], landmarks: Sequence[str]) -> NDArray[np.float32]:
    rows = [image.placement.to_input(image.landmarks.reordered(landmarks).points) for image in images]
    return np.array(rows, dtype=np.float32).reshape(len(images), len(landmarks), 2)


def _presence(state: LandmarkState) -> float:
    if state is LandmarkState.NOT_YET:
        return float("nan")
    return float(state is not LandmarkState.ABSENT)
