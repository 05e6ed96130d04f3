"""Trachea and main bronchi, as centimetres of air along the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.tubes import path_through, ribbon

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

_WIDEST_CM = 0.9


def airways(chest: Chest, projection: Projection) -> Array:
    """Give the path length (H, W) through the trachea and the main bronchi."""
    fork, right, left = chest.carina, chest.hilum(-1), chest.hilum(1)
    trachea = (0.0, -16, -1.5), (0.0, -4, -2), (-0.25, 3, -3.2), (-0.1, fork, -4)
    right_bronchus = (-0.3, fork - 0.3, -4), (-1.9, fork + 1.7, -4), (-3.4, right + 2, -3.6), (-4.6, right + 4.4, -3.6)
    left_bronchus = (0.1, fork - 0.3, -4), (2.2, fork + 1.9, -4), (4.0, left + 2.2, -4), (5.2, left + 4.4, -4)
    total = np.zeros(projection.size)
    across = int(3.0 * _WIDEST_CM / projection.pixel_cm)
    for corners, first, last in ((trachea, 0.84, 0.88), (right_bronchus, 0.66, 0.3), (left_bronchus, 0.6, 0.26)):
        path = path_through(corners, 0.6 * projection.pixel_cm)
        radius = np.linspace(first, last, len(path))
        total = np.maximum(total, ribbon(projection, path, radius, across=across))
    return total
