"""THE coordinate convention, and the way between image, network input and heatmap.

A point is (y, x), float, in pixels of the original image; pixel centres lie at whole numbers, so the image covers
[-0.5, height - 0.5] x [-0.5, width - 0.5]. Whoever speaks otherwise says so in its name (`to_xy`, `from_xy`).
Scaling by s therefore maps p to (p + 0.5) * s - 0.5: dropping the halves shifts every landmark by half a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]


def to_xy(points: ArrayLike) -> Points:
    """Give (x, y) for points given as (y, x); shape (..., 2)."""
    return np.asarray(points, dtype=np.float64)[..., ::-1].copy()


def from_xy(points: ArrayLike) -> Points:
    """Give (y, x) for points given as (x, y); shape (..., 2)."""
    return to_xy(points)


@dataclass(frozen=True)
class Placement:
    """Where an image lies in the network's input: one isotropic scale and one shift.

    Parameters
    ----------
    image_size
        (height, width) of the original image.
    input_size
        (height, width) of the network input.
    scale
        Input pixels per image pixel, the same along both axes.
    offset
        (y, x) of the image's upper left *corner* in the input, in input pixels from the input's corner.
    stride
        Input pixels per heatmap pixel.
    """

    image_size: tuple[int, int]
    input_size: tuple[int, int]
    scale: float
    offset: tuple[float, float]
    stride: int = 2

    @classmethod
    def letterbox(cls, image_size: tuple[int, int], input_size: tuple[int, int], stride: int = 2) -> Placement:
        """Fit the whole image into the input, centred, its aspect kept.

        Raises
        ------
        ValueError
            If a size is not positive.
        """
        if min(*image_size, *input_size, stride) <= 0:
            found = f"image {image_size}, input {input_size}, stride {stride}"
            raise ValueError(f"sizes and stride must be positive: {found}")
        scale = min(input_size[0] / image_size[0], input_size[1] / image_size[1])
        offset = ((input_size[0] - image_size[0] * scale) / 2, (input_size[1] - image_size[1] * scale) / 2)
        return cls((image_size[0], image_size[1]), (input_size[0], input_size[1]), scale, offset, stride)

    @property
    def heatmap_size(self) -> tuple[int, int]:
        """(height, width) of the heatmaps."""
        return self.input_size[0] // self.stride, self.input_size[1] // self.stride

    @property
    def heatmap_scale(self) -> float:
        """Image pixels per heatmap pixel."""
        return self.stride / self.scale

    @property
    def heatmap_translate(self) -> tuple[float, float]:
        """(y, x) in image pixels of the centre of heatmap pixel (0, 0), for a viewer to lay a heatmap on the image."""
        y, x = self.to_image(np.zeros(2))
        return float(y), float(x)

    def to_input(self, points: ArrayLike) -> Points:
        """Take points (..., 2) from image pixels to input pixels; NaN stays NaN."""
        moved: Points = (np.asarray(points, dtype=np.float64) + 0.5) * self.scale + np.asarray(self.offset) - 0.5
        return moved

    def from_input(self, points: ArrayLike) -> Points:
        """Take points (..., 2) from input pixels to image pixels."""
        moved: Points = (np.asarray(points, dtype=np.float64) + 0.5 - np.asarray(self.offset)) / self.scale - 0.5
        return moved

    def to_heatmap(self, points: ArrayLike) -> Points:
        """Take points (..., 2) from image pixels to heatmap pixels."""
        return (self.to_input(points) + 0.5) / self.stride - 0.5

    def to_image(self, points: ArrayLike) -> Points:
        """Take points (..., 2) from heatmap pixels to image pixels."""
        return self.from_input((np.asarray(points, dtype=np.float64) + 0.5) * self.stride - 0.5)

    def covariance_to_image(self, covariance: ArrayLike) -> NDArray[np.float64]:
        """Take covariances (..., 2, 2) from heatmap pixels squared to image pixels squared."""
        scaled: NDArray[np.float64] = np.asarray(covariance, dtype=np.float64) * self.heatmap_scale**2
        return scaled
