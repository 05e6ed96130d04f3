"""From body to detector: the cone beam, smooth curves, soft edges and random textures.

Body coordinates are (x, y, z) in centimetres of a standard adult: x towards the patient's left (right in the image),
y down from just below the lung apices, z forwards from the middle of the thorax.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, zoom

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

_CENTRAL_RAY_CM = 12.0
_STEP = 0.02


class Curve:
    """A smooth function of one variable through knots, constant beyond them.

    A table with linear look-up: no solver whose last bit depends on the machine.
    """

    def __init__(self, knots: Sequence[float], values: Sequence[float], smoothing: float = 0.9) -> None:
        fine = np.arange(knots[0], knots[-1] + _STEP, _STEP)
        table = np.interp(fine, knots, values)
        self._start = knots[0]
        self._table = gaussian_filter1d(table, smoothing / _STEP, mode="nearest")

    def __call__(self, at: ArrayLike) -> Array:
        """Look the function up at `at`, of any shape."""
        position = np.clip((np.asarray(at, dtype=np.float64) - self._start) / _STEP, 0.0, len(self._table) - 1.001)
        index = position.astype(np.intp)
        low = self._table[index]
        value: Array = low + (position - index) * (self._table[index + 1] - low)
        return value


@dataclass(frozen=True)
class Projection:
    """How the patient stands in the cone beam.

    Parameters
    ----------
    size
        (height, width) of the image in pixels.
    pixel_cm
        Pixel pitch in the plane through the middle of the thorax.
    centre
        (y, x) of the image's centre, in centimetres of that plane.
    stretch
        (height, width, depth) of this patient in units of the standard adult.
    rotation
        About the long axis, in radians; positive turns the patient's front towards the left of the body.
    roll
        Of the image, in radians.
    source_cm
        From the source to the middle of the thorax.
    is_ap
        Whether the beam enters from the front.
    """

    size: tuple[int, int]
    pixel_cm: float
    centre: tuple[float, float] = (12.0, 0.0)
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    rotation: float = 0.0
    roll: float = 0.0
    source_cm: float = 170.0
    is_ap: bool = False

    def magnification(self, depth: ArrayLike) -> Array:
        """Give the size of things at `depth` (towards the front), relative to the middle of the thorax."""
        sign = 1.0 if self.is_ap else -1.0
        return 1.0 / (1.0 - sign * np.asarray(depth, dtype=np.float64) * self.stretch[2] / self.source_cm)

    def plane(self, z: float) -> tuple[Array, Array]:
        """Give body x and y (H, W) of what every pixel sees at depth `z`."""
        across, down = self._detector
        height, width, _ = self.stretch
        sine, cosine = np.sin(self.rotation), np.cos(self.rotation)
        scale = self.magnification(z)
        if self.rotation:
            scale = self.magnification(z * cosine - (across / width) * sine)
        x = (across / (scale * width) - z * sine) / cosine
        y = _CENTRAL_RAY_CM + down / (scale * height)
        return x, y

    def project(self, points: Array) -> tuple[Array, Array]:
        """Give (row, column) of body points (..., 3), given as (x, y, z)."""
        height, width, _ = self.stretch
        sine, cosine = np.sin(self.rotation), np.cos(self.rotation)
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        scale = self.magnification(z * cosine - x * sine)
        across = (x * cosine + z * sine) * width * scale - self.centre[1]
        down = (y - _CENTRAL_RAY_CM) * height * scale - (self.centre[0] - _CENTRAL_RAY_CM)
        column = (across * np.cos(self.roll) - down * np.sin(self.roll)) / self.pixel_cm
        row = (down * np.cos(self.roll) + across * np.sin(self.roll)) / self.pixel_cm
        return row + (self.size[0] - 1) / 2, column + (self.size[1] - 1) / 2

    def padded(self, top: int, bottom: int, left: int, right: int) -> Projection:
        """Give the same beam on a grid with so many more rows and columns; the old pixels stay where they are."""
        height, width = self.size
        down, across = (bottom - top) / 2 * self.pixel_cm, (right - left) / 2 * self.pixel_cm
        sine, cosine = np.sin(self.roll), np.cos(self.roll)
        centre = (
            float(self.centre[0] + down * cosine - across * sine),
            float(self.centre[1] + across * cosine + down * sine),
        )
        return replace(self, size=(height + top + bottom, width + left + right), centre=centre)

    @property
    def pixel_area(self) -> float:
        """Area of a pixel in square centimetres of the standard adult."""
        return self.pixel_cm**2 / (self.stretch[0] * self.stretch[1])

    @cached_property
    def _detector(self) -> tuple[Array, Array]:
        rows = (np.arange(self.size[0], dtype=np.float64) - (self.size[0] - 1) / 2)[:, None] * self.pixel_cm
        columns = (np.arange(self.size[1], dtype=np.float64) - (self.size[1] - 1) / 2)[None, :] * self.pixel_cm
        across = columns * np.cos(self.roll) + rows * np.sin(self.roll)
        down = rows * np.cos(self.roll) - columns * np.sin(self.roll)
        return across + self.centre[1], down + self.centre[0] - _CENTRAL_RAY_CM


def smooth_max(first: Array, second: Array, width: float) -> Array:
    """Give the larger of two fields, rounded where they differ by less than `width`."""
    share = np.clip(0.5 + 0.5 * (first - second) / width, 0.0, 1.0)
    return second + (first - second) * share + width * share * (1.0 - share)


def smooth_step(at: Array) -> Array:
    """Give 0 below 0, 1 above 1, and a smooth rise between."""
    inside = np.clip(at, 0.0, 1.0)
    return inside * inside * (3.0 - 2.0 * inside)


def cloud(
    projection: Projection, rng: np.random.Generator, sizes: Sequence[float], strengths: Sequence[float]
) -> Array:
    """Give a random field (H, W): blobs of `sizes` (standard deviation in cm), each with its own standard deviation."""
    total = np.zeros(projection.size)
    for size, strength in zip(sizes, strengths, strict=True):
        total += strength * _blobs(projection.size, size / projection.pixel_cm, rng)
    return total


def _blobs(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Array:
    step = max(int(sigma / 3), 1)
    small = rng.standard_normal(tuple(side // step + 4 for side in shape))
    small = gaussian_filter(small, sigma / step, mode="wrap") * (2 * np.sqrt(np.pi) * sigma / step)
    fine: Array = small
    if step > 1:
        # Linear enlargement leaves facets; a blur of half a facet takes them away.
        fine = gaussian_filter(zoom(small, step, order=1, mode="grid-wrap", grid_mode=True), 0.5 * step, mode="wrap")
    return fine[: shape[0], : shape[1]]


def round_edge(distance: Array, radius: float) -> Array:
    """Give 0..1: the profile of a rim rounded with `radius`, from the `distance` inside it."""
    inward = np.clip(distance / radius, 0.0, 1.0)
    return np.sqrt(inward * (2.0 - inward))


def capsule(x: Array, y: Array, start: tuple[Array | float, Array | float], end: tuple[float, float]) -> Array:
    """Give the distance of (x, y) from the line between `start` and `end`."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / (along_x**2 + along_y**2)
    share = np.clip(share, 0.0, 1.0)
    return np.sqrt((x - start[0] - share * along_x) ** 2 + (y - start[1] - share * along_y) ** 2)
