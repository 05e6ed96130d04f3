"""The lungs' vessels, grown from the hila by branching, as centimetres of soft tissue along the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_kdland.phantom.tubes import length_of, straight_pieces

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

_STRIDE = 0.42
# Vessel stems: start (out, y, z), direction (out, down, forward), radius; arteries first, then veins.
_STEMS = (
    ((3.6, 1.0, -1.5), (0.30, 1.0, -0.25), 0.62),
    ((3.5, 0.4, -1.0), (0.30, -1.0, 0.1), 0.48),
    ((3.8, 0.6, -0.5), (0.8, -0.75, 0.35), 0.40),
    ((4.0, 1.0, 0.0), (1.0, 0.05, 0.5), 0.36),
    ((4.0, 1.3, -1.5), (1.0, 0.35, -0.8), 0.40),
    ((3.4, 0.6, 1.0), (0.50, -1.0, 0.6), 0.36),
    ((3.0, 3.6, -1.0), (1.0, 0.55, -0.5), 0.46),
    ((3.0, 4.0, 0.0), (1.0, 0.95, 0.4), 0.40),
    ((3.2, 3.0, 0.5), (1.0, 0.1, 0.7), 0.34),
    ((3.5, 2.8, -2.0), (0.7, 1.0, -0.9), 0.42),
    ((3.5, 3.6, 0.5), (0.25, 1.0, 0.8), 0.36),
    ((3.6, 1.6, -2.5), (0.7, -0.4, -1.0), 0.32),
)


def vessels(chest: Chest, side: int, projection: Projection, rng: np.random.Generator) -> Array:
    """Give the path length (H, W) through one lung's vessels."""
    starts, ends, radii = _grow(chest, side, rng)
    total = np.zeros(projection.size)
    # Wide vessels are painted with more samples across than those below a pixel.
    pixel = projection.pixel_cm
    for low, high, across in ((0.0, 0.5, 1), (0.5, 1.5, 4), (1.5, 4.0, 11), (4.0, 8.0, 22), (8.0, 99.0, 40)):
        chosen = (radii / pixel >= low) & (radii / pixel < high)
        if chosen.any():
            painted = straight_pieces(projection, starts[chosen], ends[chosen], radii[chosen], across=across)
            # Straight pieces overlap at their joints; a blur well below the vessel's width hides that.
            total += gaussian_filter(painted, 0.4 * low, mode="constant") if low > 1.0 else painted
    return total


def _grow(chest: Chest, side: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    tips, ways, radii = _stems(chest, side)
    begun, ended, thick = [], [], []
    for _ in range(52):
        ways = ways + rng.normal(0, 1, ways.shape) * (0.14 - 0.13 * np.clip(radii, 0, 0.7))[:, None]
        ways = ways / length_of(ways)[:, None]
        after = tips + ways * _STRIDE
        begun.append(tips)
        ended.append(after)
        thick.append(radii)
        alive = chest.holds(side, after, 0.5) & (radii > 0.02)
        tips, ways, radii = after[alive], ways[alive], radii[alive] * 0.978
        tips, ways, radii = _branch(tips, ways, radii, rng)
        if not len(tips):
            break
    return np.concatenate(begun), np.concatenate(ended), np.concatenate(thick)


def _stems(chest: Chest, side: int) -> tuple[Array, Array, Array]:
    high = chest.hilum(side)
    starts = np.array([(side * out, high + y, z) for (out, y, z), _, _ in _STEMS])
    ways = np.array([(side * out, y, z) for _, (out, y, z), _ in _STEMS])
    radii = 1.25 * np.array([radius for _, _, radius in _STEMS]) * chest.patient.vascularity
    return starts, ways / length_of(ways)[:, None], radii


def _branch(tips: Array, ways: Array, radii: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    splits = rng.random(len(tips)) < 0.36
    lean = rng.normal(0, 1, (len(tips), 3))
    lean = lean - (lean * ways).sum(axis=1)[:, None] * ways
    lean = lean / np.maximum(length_of(lean), 1e-6)[:, None]
    share = rng.uniform(0.4, 0.85, len(tips))
    # Murray's law: r^3 = a^3 + b^3.
    first = radii * np.where(splits, (1 / (1 + share**3)) ** (1 / 3), 1.0)
    second = (first * share)[splits]
    apart = np.where(splits, 0.22 * share, 0.0)[:, None]
    main = ways - apart * lean
    other = (ways + (0.95 - 0.3 * share)[:, None] * lean)[splits]
    return (
        np.concatenate([tips, tips[splits]]),
        np.concatenate([main, other]),
        np.concatenate([first, second]),
    )
