"""Makes the layers of each kind that we show, empty."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_kdland.gui.compat import Image, Points, Vectors
from napari_kdland.gui.layers.difference import HEAT, HEAT_BLENDING

COMMON = {"axis_labels": ("y", "x"), "units": ("pixel", "pixel")}
# napari's text has no outline: this orange can be read on bone and on air.
_TEXT: dict[str, Any] = {
    "string": "  {label}",
    "color": "#FF6F00",
    "size": 10,
    "anchor": "upper_left",
    "translation": 0,
}


def radiograph(name: str) -> Image:
    """Make a layer for the greys of an image."""
    return Image(np.zeros((8, 8), np.float32), name=name, colormap="gray", contrast_limits=(0, 1), **COMMON)


def heatmap(name: str) -> Image:
    """Make a layer for heatmaps between 0 and 1."""
    return Image(
        np.zeros((8, 8), np.float32),
        name=name,
        colormap=HEAT,
        blending=HEAT_BLENDING,
        contrast_limits=(0, 1),
        opacity=0.8,
        visible=False,
        **COMMON,
    )


def points(name: str, text: dict[str, Any] | None = _TEXT) -> Points:
    """Make a layer for landmarks, with their labels beside them unless `text` is `None`."""
    return Points(
        np.empty((0, 2), np.float64),
        name=name,
        features={"landmark": np.empty(0, dtype=object), "label": np.empty(0, dtype=object)},
        text=text,
        border_width=0.12,
        # Markers are larger than the upper limit, so 14 px at every zoom; a lower limit above 2 px makes vispy draw
        # nothing but border.
        canvas_size_limits=(2, 14),
        **COMMON,
    )


def errors(name: str) -> Vectors:
    """Make a layer for lines: errors, ellipses, discs."""
    return Vectors(np.empty((0, 2, 2)), name=name, vector_style="line", opacity=1.0, visible=False, **COMMON)
