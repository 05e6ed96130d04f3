"""Heart and great vessels: the mediastinum's outline and its depth along the beam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from napari_kdland.phantom.chest import HEART_CENTRE
from napari_kdland.phantom.geometry import Curve, round_edge, smooth_max, smooth_step

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

# The heart's outline as (x, y), clockwise in the image from its apex.
_OUTLINE = (
    (8.7, 19.6), (8.75, 18.1), (8.1, 15.9), (7.0, 13.9), (5.7, 12.1), (4.5, 10.7), (3.0, 9.6), (1.2, 9.1), (-0.7, 9.5),
    (-1.9, 10.6), (-2.7, 12.4), (-3.3, 14.4), (-3.6, 16.4), (-3.4, 18.3), (-2.4, 20.3), (0.2, 22.3), (3.2, 23.2),
    (5.8, 22.9), (7.7, 21.4),
)  # fmt: skip
_HEART_DEPTH = 2.3
_PEDICLE_RIGHT = Curve(
    (-9, -5, -2, 0.5, 3, 6, 9, 12, 18, 23, 36), (4.6, 4.6, 4.3, 3.2, 2.7, 2.5, 2.55, 2.3, 2.0, 3.4, 3.4)
)
_PEDICLE_LEFT = Curve(
    (-9, -5, -2, 0.5, 3, 6, 9, 12, 17, 21, 36), (4.6, 4.6, 4.3, 3.3, 2.6, 2.2, 2.0, 1.8, 2.4, 5.0, 5.0)
)
_AORTA = Curve((0, 5, 10, 16, 24, 36), (2.5, 2.5, 2.1, 1.5, 0.8, 0.3))

Interval = tuple["Array", "Array"]
# (field positive inside the outline, path length through it, depth of its middle)
Part = tuple["Array", "Array", float]


@dataclass(frozen=True)
class Mediastinum:
    """What lies between the lungs: depth intervals (H, W), far end first, empty where both ends meet.

    `front` holds the heart and its vessels, `behind` the descending aorta and the spine's bed.
    """

    front: Interval
    behind: Interval


def mediastinum(chest: Chest, projection: Projection) -> Mediastinum:
    """Give the mediastinum's depth in this projection."""
    parts = [_heart(chest, projection), *_vessels(chest, projection)]
    whole = _merged(parts)
    parts.append((whole, 6.5 * round_edge(whole, 1.6), 1.0))
    return Mediastinum(_join(parts), _join(_behind(chest, projection)))


def silhouette(chest: Chest, projection: Projection) -> tuple[Array, Array]:
    """Give fields (H, W), positive inside the outline of the heart and of the whole cardiomediastinum, in cm."""
    parts = [_heart(chest, projection), *_vessels(chest, projection)]
    return parts[0][0], _merged(parts)


def _heart(chest: Chest, projection: Projection) -> Part:
    x, y = projection.plane(_HEART_DEPTH)
    # The heart rides on the diaphragm.
    right, below = x - chest.heart_centre[0], y - chest.heart_centre[1]
    radius = np.sqrt(right**2 + below**2)
    limit = _look_up(_outline(chest), (np.arctan2(below, right) / (2 * np.pi)) % 1.0)
    share = np.clip(radius / limit, 0.0, 1.0)
    return limit - radius, 14.0 * chest.patient.heart_scale * (1.0 - share**2.6) ** 0.6, _HEART_DEPTH


def _outline(chest: Chest) -> Array:
    x, y = np.array(_OUTLINE).T - np.array(HEART_CENTRE)[:, None]
    scale, flat = chest.patient.heart_scale, 1.0 - 0.025 * chest.positioning.inspiration_cm
    right = x * scale * flat
    below = y * (0.5 + 0.5 * scale) / flat
    turn = ((np.arctan2(below, right) + chest.patient.heart_tilt) / (2 * np.pi)) % 1.0
    order = np.argsort(turn)
    size, phase = chest.patient.heart_shape
    radius = np.sqrt(right**2 + below**2) * (1.0 + size * np.cos(3 * 2 * np.pi * turn + phase))
    table = np.interp((np.arange(720) + 0.5) / 720, turn[order], radius[order], period=1.0)
    return gaussian_filter1d(table, 16, mode="wrap")


def _look_up(table: Array, turn: Array) -> Array:
    position = turn * len(table) - 0.5
    index = np.floor(position).astype(np.intp)
    share = position - index
    return table[index % len(table)] * (1 - share) + table[(index + 1) % len(table)] * share


def _vessels(chest: Chest, projection: Projection) -> list[Part]:
    patient, shift = chest.patient, 0.25 * chest.positioning.inspiration_cm
    x, y = projection.plane(0.0)
    wide = 0.25 * max(patient.build, 0.0) + (0.0 if chest.positioning.is_erect else 0.35)
    field = np.minimum(x + _PEDICLE_RIGHT(y) + wide, _PEDICLE_LEFT(y) + wide - x)
    low = smooth_step((y - 7.0) / 5.0)
    profile = round_edge(field, 2.2) * (1.0 - low) + smooth_step(field / 2.2) * low
    parts = [(field, (13.0 - 1.5 * low) * profile, 2.0)]
    knob = patient.knob_cm
    for z, centre, size, depth in (
        (-1.5, (1.1, 5.9 + shift), (knob + 1.1, knob + 0.75), 6.0),
        (1.5, (2.0, 9.7 + shift), (2.35, 2.5), 4.5),
    ):
        x, y = projection.plane(z)
        ratio = np.sqrt(((x - centre[0]) / size[0]) ** 2 + ((y - centre[1]) / size[1]) ** 2)
        parts.append(((1.0 - ratio) * size[0], depth * np.sqrt(np.clip(1.0 - ratio**2, 0.0, None)), z))
    return parts


def _behind(chest: Chest, projection: Projection) -> list[Part]:
    x, y = projection.plane(-5.0)
    radius = 1.05 + 0.12 * chest.patient.knob_cm
    aorta = radius - np.abs(x - _AORTA(y) - chest.bend(y))
    parts = [(aorta, 3.2 * radius * round_edge(aorta, radius) * np.clip((y - 4.5) / 2.5, 0, 1), -5.8)]
    x, y = projection.plane(-6.5)
    bed = 1.9 + 0.06 * np.clip(y, 0, 30) - np.abs(x - chest.bend(y))
    return [*parts, (bed, 8.0 * smooth_step(bed / 2.6), -7.0)]


def _merged(parts: list[Part]) -> Array:
    whole = parts[0][0]
    for field, _, _ in parts[1:]:
        whole = smooth_max(whole, field, 1.4)
    return whole


def _join(parts: list[Part]) -> Interval:
    """Join depth intervals; a part widens the whole by no more than its own length, so that edges stay soft."""
    _, through, z = parts[0]
    far, near = z - through / 2, z + through / 2
    for _, added, z in parts[1:]:
        is_empty = near <= far
        wider_far = np.maximum(np.minimum(far, z - added / 2), far - added)
        wider_near = np.minimum(np.maximum(near, z + added / 2), near + added)
        far = np.where(is_empty, z - added / 2, np.where(added > 0, wider_far, far))
        near = np.where(is_empty, z + added / 2, np.where(added > 0, wider_near, near))
    return far, near
