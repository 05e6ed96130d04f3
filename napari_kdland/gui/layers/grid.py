"""How many rows and columns of cells leave the least of the window empty."""

from __future__ import annotations

import math


def best_shape(n_cells: int, canvas: tuple[float, float], image: tuple[float, float]) -> tuple[int, int]:
    """Give (rows, columns) in which images are drawn largest; among equals the one with fewer rows.

    Parameters
    ----------
    n_cells
        At least one.
    canvas, image
        (height, width) of the canvas and of what stands in each cell, in any unit.
    """

    def zoom(columns: int) -> float:
        rows = math.ceil(n_cells / columns)
        return min(canvas[0] / rows / image[0], canvas[1] / columns / image[1])

    columns = max(range(1, n_cells + 1), key=lambda each: (zoom(each), each))
    rows = math.ceil(n_cells / columns)
    return rows, math.ceil(n_cells / rows)
