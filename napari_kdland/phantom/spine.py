"""The spine: bodies, discs, pedicles and processes, as centimetres of compact bone along the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import smooth_step
from napari_kdland.phantom.ribs import THORACIC_CM

if TYPE_CHECKING:
    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

# Middles of the bodies, C3 to L5.
_MIDDLES = np.array([-7.9, -6.3, -4.7, -3.1, -1.3, *THORACIC_CM, 27.0, 29.9, 33.0, 36.2, 39.4])
_HALF_WIDTHS = np.array([1.4, 1.4, 1.45, 1.5, 1.6, *np.linspace(1.5, 2.05, 12), 2.15, 2.25, 2.35, 2.4, 2.5])
_HALF_HEIGHTS = np.diff(_MIDDLES, append=42.6) / 2
_BORDERS = (_MIDDLES[1:] + _MIDDLES[:-1]) / 2


def spine(chest: Chest, projection: Projection) -> Array:
    """Give the path length (H, W) through the spine."""
    x, y = projection.plane(-6.5)
    out = np.abs(x - chest.bend(y))
    number = np.searchsorted(_BORDERS, y)
    wide, high, down = _HALF_WIDTHS[number], _HALF_HEIGHTS[number], y - _MIDDLES[number]
    bone = _body(out, down / high, wide, high) + _arch(out, down + 0.3 * high, wide)
    for other in (np.maximum(number - 1, 0), number):
        bone += _spinous_process(out, y - _MIDDLES[other] - 0.95 * _HALF_HEIGHTS[other])
    return bone * chest.patient.bone_density


def _body(out: Array, share: Array, wide: Array, high: Array) -> Array:
    """Paint the bodies; `share` runs from -1 at one disc's middle to 1 at the next."""
    # The sides are waisted, the end plates dense and a little hollow.
    waist = wide * (0.9 + 0.1 * share**2)
    end = 0.79 + 0.05 * np.clip(out / wide, 0, 1) ** 2
    beside = np.clip((waist - out) / 0.12 + 0.5, 0, 1)
    within = np.clip((end - np.abs(share)) * high / 0.1 + 0.5, 0, 1)
    rounded = np.sqrt(np.clip(1 - (out / (waist * 1.02)) ** 4, 0, 1))
    spongy = (0.34 + 0.2 * smooth_step(wide / 0.7 - 2.1)) * within
    plates = 0.36 * np.exp(-(((np.abs(share) - end) * high / 0.09) ** 2))
    sides = 0.3 * np.exp(-(((out - waist + 0.06) / 0.09) ** 2)) * within
    painted: Array = (spongy + plates) * beside * rounded + sides
    return painted


def _arch(out: Array, down: Array, wide: Array) -> Array:
    """Paint pedicles (seen end on as rings), laminae, joints and transverse processes."""
    ring = np.sqrt(((out - 0.72 * wide) / 0.34) ** 2 + (down / 0.5) ** 2)
    pedicles = 0.36 * np.exp(-(((ring - 1) / 0.3) ** 2)) + 0.12 * np.clip(1.2 - ring, 0, 1)
    lamina = 0.32 * np.exp(-((out / (0.55 * wide)) ** 4) - ((down - 0.5) / 0.55) ** 2)
    joint = 0.3 * np.exp(-(((out - 0.62 * wide) / 0.35) ** 2) - ((down + 0.75) / 0.4) ** 2)
    reach = out - wide
    length = np.clip(reach / 0.3, 0, 1) * np.clip((1.35 - reach) / 0.3, 0, 1)
    painted: Array = pedicles + lamina + joint + 0.34 * length * np.exp(-(((down + 0.1 * reach) / 0.38) ** 2))
    return painted


def _spinous_process(out: Array, down: Array) -> Array:
    """Paint the drop with a dense rim that hangs behind the disc below its own body."""
    ring = np.sqrt((out / (0.24 + 0.07 * np.clip(down, -1, 1))) ** 2 + (down / 0.62) ** 2)
    painted: Array = 0.42 * np.exp(-(((ring - 1) / 0.35) ** 2)) + 0.2 * np.clip(1.3 - ring, 0, 1)
    return painted
