"""Clavicles, scapulae and humeri, as centimetres of compact bone along the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.tubes import SPONGY, bone_along, filled_tube, frame_of, hollow_tube, length_of, path_through

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

# The scapula's blade as (out, y): upper angle, lower angle, socket of the shoulder.
_BLADE = ((11.6, 2.2), (13.6, 14.2), (16.4, 4.6))
# Its thick parts as (out, y, z): border towards the arm, upper border, spine with acromion, coracoid, socket;
# each with half its thickness, half its breadth, and its wall.
_THICK_PARTS = (
    (((16.3, 5.6, -5), (15.6, 8.5, -7), (14.4, 12.4, -8), (13.6, 14.3, -8)), 0.38, 0.5, 0.11),
    (((11.7, 2.2, -7), (13.4, 2.5, -6), (14.8, 3.2, -4)), 0.16, 0.2, 0.06),
    (((11.4, 4.6, -8.6), (14.0, 3.0, -9), (16.6, 1.0, -7), (18.3, 0.7, -3.5)), 0.32, 0.7, 0.09),
    (((15.2, 3.8, -4), (14.7, 2.9, -1.5), (15.6, 3.3, 0.5)), 0.45, 0.55, 0.03),
    (((16.5, 3.1, -4.5), (16.15, 4.6, -4.5), (16.5, 6.2, -4.5)), 0.4, 0.45, 0.09),
)
_HEAD_RADIUS, _HEAD_WALL = 2.35, 0.11


def shoulders(chest: Chest, projection: Projection) -> Array:
    """Give the path length (H, W) through clavicles, scapulae and humeri of both sides."""
    total = np.zeros(projection.size)
    for side, lift in zip((-1, 1), chest.positioning.shoulder_lift, strict=True):
        total += _clavicle(projection, side, lift)
        total += _scapula(chest, projection, side, lift)
        total += _humerus(chest, projection, side, lift)
    return total * chest.patient.bone_density


def _clavicle(projection: Projection, side: int, lift: float) -> Array:
    corners = (
        (side * 1.7, 3.1, 4.6),
        (side * 4.5, 2.4 - 0.15 * lift, 5.4),
        (side * 8.5, 1.5 - 0.5 * lift, 3.6),
        (side * 12.5, 0.6 - 0.9 * lift, 0.2),
        (side * 15.6, 0.7 - lift, -1.6),
    )
    path = path_through(corners, 0.5 * projection.pixel_cm)
    along = np.linspace(0, 1, len(path))
    radius = 0.52 + 0.5 * np.exp(-((along / 0.1) ** 2)) + 0.12 * along**3
    radius = radius * np.sqrt(np.clip(np.minimum(along, 1 - along) / 0.012, 0, 1))
    _, first, second = frame_of(path, np.tile([0.0, 1.0, 0.2], (len(path), 1)))
    axes = (first * radius[:, None], second * (radius * (0.95 - 0.25 * along))[:, None])
    return bone_along(projection, path, axes, wall=0.07 + 0.1 * np.sin(np.pi * along))


def _scapula(chest: Chest, projection: Projection, side: int, lift: float) -> Array:
    inward = chest.positioning.scapula_in
    x, y = projection.plane(-7.0)
    total = _blade(side * x + inward, y + lift)
    for corners, thin, broad, wall in _THICK_PARTS:
        placed = [(side * (out - inward), y - lift, z) for out, y, z in corners]
        path = path_through(placed, 0.6 * projection.pixel_cm)
        along = np.linspace(0, 1, len(path))
        taper = np.sqrt(np.clip(np.minimum(along / 0.45, (1 - along) / 0.08), 0, 1)) * (0.6 + 0.4 * along)
        _, first, second = frame_of(path, np.tile([side * 1.0, 0.3, 0.5], (len(path), 1)))
        axes = (first * (thin * taper)[:, None], second * (broad * taper)[:, None])
        total += bone_along(projection, path, axes, wall=wall)
    return total


def _blade(out: Array, y: Array) -> Array:
    inside = np.full_like(out, np.inf)
    for (x0, y0), (x1, y1) in zip(_BLADE, _BLADE[1:] + _BLADE[:1], strict=True):
        edge = ((y - y0) * (x1 - x0) - (out - x0) * (y1 - y0)) / np.hypot(x1 - x0, y1 - y0)
        inside = np.minimum(inside, edge)
    thick: Array = 0.26 * np.clip(inside / 0.2 + 0.5, 0, 1) * (0.75 + 0.75 * np.exp(-np.clip(inside, 0, None) / 0.7))
    return thick


def _humerus(chest: Chest, projection: Projection, side: int, lift: float) -> Array:
    head = np.array([side * (18.4 - 0.6 * chest.positioning.scapula_in), 4.4 - lift, -3.0])
    reach = side * (2.2 + 0.9 * chest.positioning.arm_out)
    steps = np.array([(-0.2 * side, -0.2, 0.0), (1.2 * side, 3.0, 0.0), (reach, 26.0, 1.0)])
    path = path_through(head + steps, 0.6 * projection.pixel_cm, 0.15)
    along = length_of(path - path[0])
    radius = (1.25 + np.exp(-((along / 2.6) ** 2))) * np.clip(along / 0.4, 0, 1) ** 0.5
    _, first, second = frame_of(path, np.tile([0.0, 0.0, 1.0], (len(path), 1)))
    axes = (first * radius[:, None], second * radius[:, None])
    shaft = hollow_tube(projection, path, axes, wall=0.08 + 0.3 * np.clip((along - 3.0) / 4.0, 0, 1))
    ball, hollow = (_sphere(projection, head, radius) for radius in (_HEAD_RADIUS, _HEAD_RADIUS - _HEAD_WALL))
    return shaft + ball - hollow + 1.1 * SPONGY * np.maximum(filled_tube(projection, path, axes), ball)


def _sphere(projection: Projection, centre: Array, radius: float) -> Array:
    x, y = projection.plane(float(centre[2]))
    away = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
    chord: Array = 2.0 * np.sqrt(np.clip(radius**2 - away, 0.0, None))
    return chord
