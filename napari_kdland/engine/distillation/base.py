"""What the blocks have in common: what a teacher says, and one trained network behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from napari_kdland.engine.networks.heatmap_unet import NetworkOutput
    from napari_kdland.recipes.model import Term, WeightingPart


@dataclass(frozen=True)
class TeacherOutput:
    """What a teacher says of a batch, on the student's grid.

    `log_probabilities` (B, L, h, w): logarithm of where each landmark is; sums to 1 over space after exp. `sigma`:
    standard deviation, in heatmap pixels, of the Gaussians that the teacher itself was trained on.
    """

    log_probabilities: Tensor
    sigma: float


@dataclass(frozen=True)
class Member:
    """One trained network of a teacher.

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
    """

    network: Callable[[Tensor], NetworkOutput]
    size: int
    sigma_px: float
    order: tuple[int, ...]

    @torch.no_grad()
    def log_probabilities(self, images: Tensor, size: tuple[int, int]) -> Tensor:
        """Give the member's log-probabilities (B, L, h, w) for images (B, 1, S, S), on a grid of `size`.

        A member of another input size is shown the images at its own size, and its map is resized to the grid.
        """
        if images.shape[-1] != self.size:
            images = functional.interpolate(
                images, (self.size, self.size), mode="bilinear", align_corners=False, antialias=True
            )
        logs = heatmaps.log_softmax(self.network(images).logits[:, list(self.order)])
        if logs.shape[-2:] == size:
            return logs
        return heatmaps.log_softmax(functional.interpolate(logs, size, mode="bilinear", align_corners=False))


class Teacher(Protocol):
    """Whoever can be asked for heatmaps; `sigma` of the output is for a grid of `stride`."""

    def __init__(self, members: Sequence[Member]) -> None: ...

    def __call__(self, images: Tensor, size: tuple[int, int]) -> TeacherOutput:
        """Give what the teacher says of images (B, 1, S, S), on a grid of `size`, without gradient."""
        ...


class Target(Protocol):
    """Makes of a teacher's output what the student is held against, as log-probabilities (B, L, h, w)."""

    def __call__(self, output: TeacherOutput) -> Tensor:
        """Give the target."""
        ...


class TermFunction(Protocol):
    """One loss between student and teacher: scalar, weighted mean over landmarks."""

    def __call__(self, student: Tensor, teacher: Tensor, weights: Tensor, *, term: Term, sigma: float) -> Tensor:
        """Give the loss."""
        ...


class Weighting(Protocol):
    """How much each landmark of the teacher counts, (B, L), 0..1."""

    def __call__(self, output: TeacherOutput, *, part: WeightingPart, stride: float) -> Tensor:
        """Give the weights."""
        ...


class Schedule(Protocol):
    """The share of a term's weight at a point of the training; both arguments are shares of all steps."""

    def __call__(self, progress: float, ramp: float) -> float:
        """Give the share."""
        ...


def grid_sigma(member: Member, images: Tensor, size: tuple[int, int]) -> float:
    """Give a member's sigma in pixels of a grid of `size` laid over images (B, 1, S, S)."""
    if not math.isclose(images.shape[-2] / size[0], images.shape[-1] / size[1]):
        raise ValueError(f"a grid of {size} does not fit images of {tuple(images.shape[-2:])}")
    return member.sigma_px * size[0] / member.size
