"""Gas under the diaphragm: the stomach's bubble and the bowel's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import cloud, round_edge

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection


def gas(chest: Chest, projection: Projection, rng: np.random.Generator) -> Array:
    """Give the path length (H, W) through the gas of stomach and bowel."""
    x, y = projection.plane(2.0)
    edge = 2.5 * cloud(projection, rng, (0.5, 1.2), (0.10, 0.14))
    total = _stomach(chest, x, y, edge, rng)
    for _ in range(int(rng.integers(2, 9))):
        at_x, at_y = rng.uniform(-9.0, 12.0), rng.uniform(25.5, 36.0)
        wide, high, lean = rng.uniform(0.5, 2.4), rng.uniform(0.35, 1.1), rng.uniform(-0.5, 0.5)
        ratio = ((x - at_x - lean * (y - at_y)) / wide) ** 2 + ((y - at_y) / high) ** 2
        total += 1.7 * high * np.sqrt(np.clip(1.0 - ratio - edge, 0.0, None))
    return total


def _stomach(chest: Chest, x: Array, y: Array, edge: Array, rng: np.random.Generator) -> Array:
    wide, at_x, high = rng.uniform(2.0, 4.4), rng.uniform(5.6, 8.2), rng.uniform(0.6, 2.6)
    top, fill = chest.dome_top(1) + rng.uniform(0.7, 1.4), rng.uniform(0.75, 0.98)
    sideways = ((x - at_x) / wide) ** 2
    if chest.positioning.is_erect:
        # Upright, the gas lies under a dome, on a level surface of fluid.
        roof = top + high * (1.0 - np.sqrt(np.clip(1.0 - sideways, 0.0, None)))
        above_fluid = np.clip((top + high * fill - y) / 0.12 + 0.5, 0.0, 1.0)
        return 1.5 * high * round_edge(y - roof, 0.8 * high) * above_fluid
    rim = 1.0 - edge - sideways - ((y - top) / (1.2 * high) - 1.0) ** 2
    return 1.6 * high * round_edge(rim, 1.0)
