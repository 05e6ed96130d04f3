"""The chest's inner shape: rib cage, pleural cavities and diaphragm, as depth intervals along the beam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import Curve, smooth_max

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.geometry import Array, Projection
    from napari_kdland.phantom.patient import Patient, Positioning

# Cross-section of the rib cage: |x / half width|^n + |z / half depth|^n = 1, fuller than an ellipse.
ROUNDNESS = 2.3

_LEVELS = (-6, -3, -1, 0, 2, 5, 9, 14, 19, 24, 30, 37)
_HALF_WIDTH = Curve(_LEVELS, (3.6, 4.9, 6.3, 7.4, 9.6, 11.9, 13.4, 14.2, 14.5, 14.55, 14.2, 13.3))
_FRONT = Curve(_LEVELS, (-3.5, -3.0, -2.2, -1.4, 1.2, 4.2, 6.6, 8.2, 8.9, 9.2, 9.0, 8.5))
_BACK = Curve(_LEVELS, (-6.0, -6.0, -6.3, -6.7, -7.4, -8.2, -8.9, -9.3, -9.3, -8.9, -8.3, -7.6))
_APEX_Z = -3.5
# The diaphragm falls with the cube of the distance before and behind its crest.
_CREST_Z, _FALL = 1.5, 0.0049
# (x, y) of the middle of the heart's outline.
HEART_CENTRE = (1.7, 14.9)


@dataclass(frozen=True)
class Outline:
    """Where every pixel (H, W) lies with respect to one lung's outline; `side` is -1 (right) or 1.

    `out` and `y` are centimetres outward and down; `wall` is positive inside the chest wall (roughly a distance in cm),
    `under` positive below the diaphragm's outline, `off_apex` negative inside the cone of the apex.
    """

    side: int
    out: Array
    y: Array
    wall: Array
    under: Array
    off_apex: Array


@dataclass(frozen=True)
class Lung:
    """One pleural cavity as seen by every pixel (H, W).

    `far` and `near` bound it in depth; `liver` is the depth interval that lies below the diaphragm.
    """

    outline: Outline
    far: Array
    near: Array
    liver: tuple[Array, Array]

    def air(self, *solids: tuple[Array, Array]) -> Array:
        """Give the path length through the cavity outside up to three solids, given as depth intervals."""
        inside = [self._within(*solid) for solid in solids]
        length = self._length(self.far, self.near)
        for number, first in enumerate(inside):
            length = length - self._length(*first)
            for other in inside[:number]:
                length = length + self._length(*_both(first, other))
        if len(inside) == 3:
            length = length - self._length(*_both(_both(inside[0], inside[1]), inside[2]))
        return np.where((self.outline.wall > 0) & (self.outline.out > 0), np.clip(length, 0.0, None), 0.0)

    def _within(self, far: Array, near: Array) -> tuple[Array, Array]:
        return np.maximum(far, self.far), np.minimum(near, self.near)

    @staticmethod
    def _length(far: Array, near: Array) -> Array:
        return np.clip(near - far, 0.0, None)


class Chest:
    """One patient's chest in one breath."""

    def __init__(self, patient: Patient, positioning: Positioning) -> None:
        self.patient, self.positioning = patient, positioning
        top = 18.9 + positioning.inspiration_cm
        self._dome_top = {-1: top, 1: top + patient.dome_drop}

    def dome_top(self, side: int) -> float:
        """Height of the crest of the diaphragm."""
        return self._dome_top[side]

    def half_width(self, y: Array) -> Array:
        """Half width of the rib cage's inside at height `y`."""
        return _HALF_WIDTH(y) * self.patient.chest

    def front_and_back(self, y: Array) -> tuple[Array, Array]:
        """Depth of the rib cage's inside in the midline, in front and behind, at height `y`."""
        return _FRONT(y), _BACK(y)

    def lung(self, side: int, projection: Projection) -> Lung:
        """Give the right (-1) or left (1) pleural cavity."""
        outline = self.outline(side, projection)
        out, y, wide = outline.out, outline.y, self.half_width(outline.y)
        front, back = self.front_and_back(y)
        rim = np.clip(1.0 - np.abs(out / wide) ** ROUNDNESS, 0.0, None) ** (1 / ROUNDNESS)
        middle, deep = (front + back) / 2, (front - back) / 2
        apex = 1.25 * np.sqrt(np.clip(-outline.off_apex, 0.0, None))
        near = -smooth_max(-(middle + deep * rim), -(_APEX_Z + apex), 0.8)
        far = smooth_max(middle - deep * rim, _APEX_Z - apex, 0.8)
        half = (np.clip(outline.under, 0.0, None) / _FALL) ** (1 / 3)
        return Lung(outline, far, near, (_CREST_Z - half, _CREST_Z + half))

    def outline(self, side: int, projection: Projection) -> Outline:
        """Give the outline of the right (-1) or left (1) lung."""
        x, y = projection.plane(-0.5)
        out, wide = side * x, self.half_width(y)
        apex_x = self.patient.apex_spread + side * _APEX_Z * np.sin(projection.rotation)
        opening = _apex_opening(y)
        off_apex = (out - apex_x) ** 2 - opening
        wall = -smooth_max(out - wide, off_apex / (2.0 * np.sqrt(np.clip(opening, 0.0, None) + 4.0)), 0.6)
        return Outline(side, out, y, wall, y - self.dome(side, out, wide), off_apex)

    def holds(self, side: int, points: Array, margin: float) -> NDArray[np.bool_]:
        """Tell which body points (n, 3) lie in a lung, `margin` cm or more from its wall."""
        out, y, z = side * points[:, 0], points[:, 1], points[:, 2]
        wide = self.half_width(y)
        front, back = self.front_and_back(y)
        middle, deep = (front + back) / 2, (front - back) / 2 - margin
        cage = np.abs(out / (wide - margin)) ** ROUNDNESS + np.abs((z - middle) / deep) ** ROUNDNESS < 1
        above = y + 0.6 * margin < self.dome(side, out, wide) + _FALL * np.abs(z - _CREST_Z) ** 3
        off_apex = (out - self.patient.apex_spread) ** 2 + ((z - _APEX_Z) / 1.25) ** 2
        apex = (off_apex < _apex_opening(y - margin)) | (y > 6)
        inside: NDArray[np.bool_] = cage & above & apex & (out > 1.6)
        return inside

    def dome(self, side: int, out: Array, wide: Array) -> Array:
        """Height of the diaphragm's outline `out` centimetres from the midline, where the cage is `wide`."""
        crest = 7.2 if side < 0 else 7.8
        inward = np.clip(crest - out, 0.0, None)
        outward = np.clip((out - crest) / (wide - crest), 0.0, 1.0)
        steep = 1.0 - np.sqrt(np.clip(1.0 - 0.985 * outward**2, 0.0, None))
        drop = 4.1 - 0.25 * self.positioning.inspiration_cm
        return self._dome_top[side] + 0.05 * inward**2 + drop * (0.28 * outward**2 + 0.78 * steep)

    @property
    def heart_centre(self) -> tuple[float, float]:
        """(x, y) that the heart's outline is drawn around; it rides on the diaphragm."""
        drop = 0.85 * self.positioning.inspiration_cm + 0.4 * (self.patient.dome_drop - 1.2) + 0.2
        return HEART_CENTRE[0], HEART_CENTRE[1] + drop

    @property
    def carina(self) -> float:
        """Height at which the trachea forks."""
        return 6.6 + 0.3 * self.positioning.inspiration_cm

    def hilum(self, side: int) -> float:
        """Height of a hilum's upper end; the left stands higher."""
        return (9.2 if side < 0 else 8.4) + 0.35 * self.positioning.inspiration_cm

    def bend(self, y: Array) -> Array:
        """Sideways shift of the spine at height `y`."""
        size, phase = self.patient.curvature
        return size * np.sin(np.asarray(y) / 6.5 + phase)


def _apex_opening(y: Array) -> Array:
    below = np.clip(y, -3.0, None)
    return 6.8 * below + 1.0 * below**2


def _both(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
    return np.maximum(first[0], second[0]), np.minimum(first[1], second[1])
