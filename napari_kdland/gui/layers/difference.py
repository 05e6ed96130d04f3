"""How heatmaps look, and where two differ: signed, orange where the first one sees more, blue where the second does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.compat import Colormap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.gui.compat import Image

# Purple, red, orange, cream (magma without its blacks), and clear where there is nothing: added to the greys instead,
# as napari's own maps would be, heatmaps are white on bone and below the diaphragm.
HEAT = Colormap(
    [
        (0.32, 0.07, 0.49, 0.0),
        (0.51, 0.15, 0.51, 0.5),
        (0.83, 0.26, 0.43, 0.9),
        (0.99, 0.59, 0.4, 0.9),
        (0.99, 0.99, 0.75, 0.9),
    ],
    name="heat",
)
HEAT_BLENDING = "translucent_no_depth"
MORE, LESS = "#FF9A1F", "#3D9BFF"
_ORANGE, _BLUE = (1.0, 0.604, 0.122), (0.239, 0.608, 1.0)
# Orange and blue stay apart for every kind of colour blindness. No difference is clear, so that the radiograph is seen.
_DIVERGING = Colormap(
    [(*_BLUE, 1.0), (*_BLUE, 0.85), (*_BLUE, 0.0), (*_ORANGE, 0.0), (*_ORANGE, 0.85), (*_ORANGE, 1.0)],
    name="blue-orange",
    controls=[0.0, 0.25, 0.4999, 0.5001, 0.75, 1.0],
)


@dataclass(frozen=True)
class Heat:
    """One heatmap on its image.

    Parameters
    ----------
    pixels : (h, w)
        0..1, or -1..1 for a difference.
    scale
        Image pixels per heatmap pixel.
    translate
        (y, x) in image pixels of the first pixel's centre.
    """

    pixels: NDArray[np.float32]
    scale: float = 1.0
    translate: tuple[float, float] = (0.0, 0.0)


def difference(first: Heat, second: Heat) -> Heat:
    """Give the first heatmap less the second, -1..1, on the finer of their grids; outside a heatmap is nothing."""
    fine = first if first.scale <= second.scale else second
    mine, theirs = (_on_grid_of(fine, each) for each in (first, second))
    return Heat(mine - theirs, fine.scale, fine.translate)


def look_like_heat(layer: Image) -> None:
    """Let a layer show a heatmap, 0..1."""
    _look(layer, HEAT, (0.0, 1.0))


def look_like_difference(layer: Image) -> None:
    """Let a layer show a difference, -1..1."""
    _look(layer, _DIVERGING, (-1.0, 1.0))


def _look(layer: Image, colormap: Colormap, limits: tuple[float, float]) -> None:
    if tuple(layer.contrast_limits) == limits:
        return
    layer.contrast_limits_range = limits
    layer.contrast_limits = limits
    layer.colormap = colormap
    layer.blending = HEAT_BLENDING


def _on_grid_of(fine: Heat, other: Heat) -> NDArray[np.float32]:
    """Resample a heatmap between its pixels."""
    if (other.scale, other.translate, other.pixels.shape) == (fine.scale, fine.translate, fine.pixels.shape):
        return other.pixels
    step = fine.scale / other.scale
    offset = (np.array(fine.translate) - np.array(other.translate)) / other.scale
    from scipy import ndimage  # loads much; the window opens before it is needed

    sampled: NDArray[np.float32] = ndimage.affine_transform(
        other.pixels, [step, step], offset, output_shape=fine.pixels.shape, order=1
    )
    return sampled
