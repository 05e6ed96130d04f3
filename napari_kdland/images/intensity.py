"""From modality values to what the network sees: robust range, letterboxed size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy.placement import Placement
from napari_kdland.errors import UnsupportedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from napari_kdland.images.radiograph import Radiograph

# Collimator shutters, markers and dead pixels hold less than half a percent of a radiograph at either end.
LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5

# Enough for a percentile to a thousandth of the range; the full 2048 x 2048 took 60 ms more.
_SAMPLED_PIXELS = 250_000


def normalised(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring modality values to 0..1 by robust percentiles of the image itself, never by its window.

    Two files of one exposure that differ in gain and offset, or in their window, come out alike.

    Parameters
    ----------
    pixels : (H, W)
        `Radiograph.pixels`.

    Returns
    -------
    (H, W) float32
        0 at and below percentile 0.5, 1 at and above percentile 99.5. Where these two are equal (an image that is
        nearly all one value), the smallest and the largest value take their place.

    Raises
    ------
    UnsupportedImage
        If all pixels are equal.
    """
    low, high = _robust_range(pixels)
    result = pixels.astype(np.float32)
    result -= np.float32(low)
    result /= np.float32(high - low)
    return np.clip(result, 0, 1, out=result)


def resized(pixels: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """Resample an image to where `placement` puts it in the network's input.

    Each output pixel is the mean of the image under a triangle as wide as two output pixels (two image pixels where
    the image is enlarged), so that nothing aliases; centres follow `Placement` exactly.

    Parameters
    ----------
    pixels : (H, W)
        Of size `placement.image_size`.
    placement
        Where the image goes.

    Returns
    -------
    (S, S) float32
        Zero beside the image.

    Raises
    ------
    ValueError
        If the image has another size than the placement was made for.
    """
    if pixels.shape != tuple(placement.image_size):
        raise ValueError(f"the image is {pixels.shape}, but the placement is for {placement.image_size}")
    rows, columns = (_weights(placement, axis) for axis in (0, 1))
    half_way = rows @ np.ascontiguousarray(pixels, dtype=np.float32)
    return np.ascontiguousarray((columns @ half_way.T).T)


def to_input(radiograph: Radiograph, size: int) -> tuple[NDArray[np.uint16], Placement]:
    """Make the network's input of a radiograph.

    Parameters
    ----------
    radiograph
        As read.
    size
        Side S of the square input, in pixels.

    Returns
    -------
    image : (S, S) uint16
        Normalised intensity times 65535, letterboxed.
    placement
        The way between image and input.

    Raises
    ------
    UnsupportedImage
        If all pixels are equal.
    """
    placement = Placement.letterbox(radiograph.size, (size, size))
    image = resized(normalised(radiograph.pixels), placement)
    return np.rint(image * np.float32(65535)).clip(0, 65535).astype(np.uint16), placement


def _robust_range(pixels: NDArray[np.float32]) -> tuple[float, float]:
    step = max(1, math.isqrt(pixels.size // _SAMPLED_PIXELS))
    low, high = (float(value) for value in np.percentile(pixels[::step, ::step], (LOW_PERCENT, HIGH_PERCENT)))
    if low < high:
        return low, high
    low, high = float(pixels.min()), float(pixels.max())
    if low < high:
        return low, high
    raise UnsupportedImage(f"The image shows nothing: every pixel is {low:g}. Leave it out.")


def _weights(placement: Placement, axis: int) -> csr_array:
    """Build the (output, image) weights along one axis; rows outside the image are empty, the others sum to 1."""
    from scipy.sparse import csr_array

    n_image, n_output = placement.image_size[axis], placement.input_size[axis]
    corners = np.zeros((n_output, 2))
    corners[:, axis] = np.arange(n_output)
    centres = placement.from_input(corners)[:, axis]
    reach = max(1.0, 1 / placement.scale)
    taps = np.floor(centres - reach).astype(np.intp)[:, None] + np.arange(1, 2 * math.ceil(reach) + 2)
    weights = np.maximum(0, 1 - np.abs(taps - centres[:, None]) / reach)
    weights[(taps < 0) | (taps >= n_image)] = 0
    weights[(centres < -0.5) | (centres > n_image - 0.5)] = 0
    sums = weights.sum(axis=1, keepdims=True)
    np.divide(weights, sums, out=weights, where=sums > 0)
    lines = np.repeat(np.arange(n_output), taps.shape[1])
    coordinates = (lines, taps.clip(0, n_image - 1).ravel())
    return csr_array((weights.ravel().astype(np.float32), coordinates), shape=(n_output, n_image))
