"""The twelve pairs of ribs, as centimetres of compact bone along the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.chest import ROUNDNESS
from napari_kdland.phantom.tubes import bone_along, frame_of

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

# Heights of the middles of the vertebral bodies, T1 to T12.
THORACIC_CM = (0.5, 2.3, 4.2, 6.1, 8.1, 10.2, 12.4, 14.6, 16.9, 19.2, 21.6, 24.2)
# How far a rib falls from spine to front, and where its bone ends (degrees around the chest from the spine).
_FALL_CM = (4.4, 6.6, 8.4, 9.8, 10.9, 11.6, 12.0, 12.0, 11.6, 10.8, 9.6, 7.0)
_END_DEGREES = (158, 152, 148, 146, 144, 141, 137, 130, 122, 112, 88, 52)
# The first rib lies flat around the apex, inside the others.
_FIRST_HALF_WIDTH_CM = 6.0
# From the inside of the cage to the middle of a rib.
_OUTSIDE_CM = 0.42


def ribs(chest: Chest, projection: Projection) -> Array:
    """Give the path length (H, W) through all ribs."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([chest.patient.seed, 4])))
    total = np.zeros(projection.size)
    for number in range(12):
        for side in (-1, 1):
            total += _rib(chest, projection, number, side, rng.normal(0, 1, 2))
    return total


def _rib(chest: Chest, projection: Projection, number: int, side: int, wobble: Array) -> Array:
    path, outward = _course(chest, number, side, 0.6 * projection.pixel_cm, wobble)
    length, normal, across = frame_of(path, outward)
    along = np.cumsum(length) / length.sum()
    high = (0.46 + 0.10 * along**2) * (0.75 + 0.25 * np.clip(along / 0.1, 0, 1)) * chest.patient.rib_width
    high *= 1.25 if number == 0 else 0.8 if number > 9 else 1.0
    axes = (normal * (0.34 - 0.08 * along)[:, None], across * high[:, None])
    # The bone thins out towards its cartilage: the front end has no rim.
    fade = np.clip((1.0 - along) / 0.10, 0, 1) ** 0.7 * np.clip(along / 0.04, 0, 1)
    return chest.patient.bone_density * bone_along(projection, path, axes, wall=(0.125 - 0.045 * along) * fade)


def _course(chest: Chest, number: int, side: int, step: float, wobble: Array) -> tuple[Array, Array]:
    """Give a rib's centre line (n, 3) and the direction out of the chest (n, 3), from spine to front."""
    end = np.radians(_END_DEGREES[number] + 2.0 * wobble[0])
    angle = np.linspace(0.07, end, int((12 + 7 * min(number, 5)) * end / 2.5 / step))
    sine, cosine = np.sin(angle), np.cos(angle)
    fall = _FALL_CM[number] * chest.patient.rib_slope + 0.2 * wobble[1]
    rise = 0.45 * np.sin(np.clip(angle * 1.9, 0, np.pi))
    y = THORACIC_CM[number] - 0.75 + fall * (0.42 * (1 - cosine) + 0.16 * angle / np.pi) - rise
    front, back = chest.front_and_back(y)
    deep = (front - back) / 2 + _OUTSIDE_CM
    z = (front + back) / 2 - deep * np.sign(cosine) * np.abs(cosine) ** (2 / ROUNDNESS)
    if number == 0:
        x = _FIRST_HALF_WIDTH_CM * sine**0.8
        outward = np.stack([side * 0.3 * sine, -np.ones_like(sine), np.full_like(sine, 0.6)], axis=1)
    else:
        wide = chest.half_width(y) + _OUTSIDE_CM
        x = wide * sine ** (2 / ROUNDNESS)
        outward = np.stack([side * sine / wide, np.zeros_like(sine), -cosine / deep], axis=1)
    return np.stack([side * x, y, z], axis=1), outward
