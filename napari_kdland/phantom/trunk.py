"""Soft tissue around the chest: neck, shoulders, arms, trunk wall, fat, muscles and breasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import Curve, capsule, cloud, round_edge, smooth_max, smooth_step

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection
    from napari_kdland.phantom.patient import Patient

# Half width of neck and shoulder girdle, and half depth of the body in the midline, by height.
_GIRDLE = Curve((-14, -8, -4, 0, 3, 7, 11, 15), (8.5, 8.5, 12, 19, 22.5, 23, 21.5, 18.5))
_HALF_DEPTH = Curve((-14, -8, -4, 0, 4, 9, 15, 22, 34), (6.9, 6.9, 7.2, 8.3, 9.7, 10.7, 11.3, 11.4, 11.2))
# Cross-section of the body: |x / half width|^n + |z / half depth|^n = 1.
_ROUNDNESS = 2.5
_SKIN_RADIUS = 3.0


def body_paths(chest: Chest, projection: Projection, rng: np.random.Generator) -> tuple[Array, Array]:
    """Give the path lengths (H, W) through the body without its hollows, and through the fat in it."""
    x, y = projection.plane(-1.0)
    fat_cm = chest.patient.fat_cm
    inside, deep = _distance(chest, x, y), _depth(chest, x, y)
    whole = deep * round_edge(inside, _SKIN_RADIUS)
    lean = np.clip(deep - 1.5 * fat_cm, 0.5, None) * round_edge(inside - 0.75 * fat_cm, _SKIN_RADIUS)
    uneven = cloud(projection, rng, (0.5, 1.2, 3.0), (0.10, 0.22, 0.35)) * np.clip(whole / 10.0, 0.0, 1.0)
    breast = _breasts(chest, projection) * np.clip(inside / 1.5, 0.0, 1.0)
    muscle = _muscles(chest, projection) * np.clip(inside / 1.5, 0.0, 1.0)
    fat = np.clip(whole - lean + uneven, 0.0, whole) + 0.55 * breast
    return whole + muscle + breast, fat


def _distance(chest: Chest, x: Array, y: Array) -> Array:
    """Give a field, positive inside the body's outline, near it about the distance in cm."""
    positioning, fat, out = chest.positioning, chest.patient.fat_cm, np.abs(x)
    right, left = positioning.shoulder_lift
    lift = (right + left) / 2 + (left - right) / 2 * np.tanh(x / 4)
    neck = 5.5 + 0.5 * fat - capsule(out, y, (0.0, -30.0), (0.0, 0.0))
    shoulder = 3.4 + 0.5 * fat - capsule(out, y + lift * np.clip(out / 10, 0, 1), (3.5, -1.2), (15.8, 3.6))
    arm = 4.3 + 0.5 * fat - capsule(out, y + lift, (17.2, 6.2), (18.6 + positioning.arm_out, 40.0))
    trunk = chest.half_width(y - 1.0) + _wall_cm(chest.patient) - out
    trunk = np.minimum(trunk, y * 0.9) + 0.25 * fat * np.clip((y - 18) / 8, 0, 1)
    upper = smooth_max(smooth_max(neck, shoulder, 6.0), arm, 2.0)
    return smooth_max(upper, trunk, 1.1)


def _depth(chest: Chest, x: Array, y: Array) -> Array:
    """Give the body's depth along the beam, before its rim is rounded."""
    fat_cm = chest.patient.fat_cm
    trunk = chest.half_width(y) + _wall_cm(chest.patient) + 0.6
    low = smooth_step((y - 8.0) / 8.0)
    reach = np.maximum(_GIRDLE(y), trunk) * (1.0 - low) + trunk * low
    share = np.clip(1.0 - np.abs(x / reach) ** _ROUNDNESS, 0.0, None) ** (1 / _ROUNDNESS)
    limb = np.full_like(share, 9.0 + 0.5 * fat_cm)
    return smooth_max((_HALF_DEPTH(y) + 0.8 * fat_cm - 0.6) * 2 * share, limb, 3.0)


def _wall_cm(patient: Patient) -> float:
    return 0.8 + patient.muscle_cm + patient.fat_cm


def _muscles(chest: Chest, projection: Projection) -> Array:
    # The pectoral muscle fans out from the armpit: its lower rim shows as the front fold of the armpit.
    x, y = projection.plane(9.0)
    out = np.abs(x)
    right, left = chest.positioning.shoulder_lift
    rim = 13.4 - 0.02 * (out - 9.0) ** 2 - 0.55 * np.clip(out - 11.0, 0, None) - 0.6 * np.where(x < 0, right, left)
    fan = smooth_step((rim - y) / 1.6 + 0.5) * smooth_step((y - 2.0) / 5.0) * smooth_step((out - 1.5) / 3.0)
    return 0.62 * chest.patient.muscle_cm * fan * smooth_step((20.0 - out) / 4.0)


def _breasts(chest: Chest, projection: Projection) -> Array:
    size = chest.patient.breast_cm
    total = np.zeros(projection.size)
    if not size:
        return total
    x, y = projection.plane(11.0)
    down = y - (15.2 + 0.35 * size + 0.02 * chest.patient.age)
    # Tissue hangs: full and sharply bordered below, tapering off above.
    along = np.where(down > 0, down / (2.7 + 0.35 * size), down / (7.5 + 0.3 * size))
    taper = np.where(down > 0, 1.0, np.clip(1.0 + 0.75 * along, 0.0, 1.0))
    for side in (-1, 1):
        across = (side * x - 8.3 - 0.15 * size) / (5.6 + 0.35 * size)
        total += size * taper * np.sqrt(np.clip(1.0 - np.abs(across) ** 2.2 - along**2, 0.0, None))
    return total
