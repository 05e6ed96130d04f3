"""Where the landmarks are: the rules of both schemes, applied to outlines that are known below the pixel.

The rules are those by which landmarks are read off lung and heart masks (``right`` stands for both sides):

- apex: top row of the lung, median x of its two top rows;
- costophrenic angle: pixel of the lung with the largest y + 0.5 * (distance outward);
- lateral wall: outermost pixel of the lung in the row midway between apex and costophrenic angle;
- right cardiophrenic angle: pixel of the right lung within 25 px of the heart, from 10 px above the heart's right
  border down, with the largest y + 1.5 * (distance inward);
- left cardiophrenic angle: lowest pixel of the heart's outline within 5 px of the left lung where the outline's normal
  (of the mask smoothed with sigma 5 px) is at most 60 degrees from the horizontal;
- borders: outermost x of the mask, median y of its two outermost columns.

Pixels are those of an image whose longer side is 512.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter, label, zoom

from napari_kdland.phantom.heart import silhouette

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.chest import Chest
    from napari_kdland.phantom.geometry import Array, Projection

    Mask = NDArray[np.bool_]

_RULE_SIDE = 512
_FINE = 8
Point = tuple[float, float]


@dataclass(frozen=True)
class Outlines:
    """Fields (H, W) by region, positive inside; a region is where all of its fields are positive.

    They are kept apart because each is smooth where their minimum has corners. `unit` is the rules' pixel in pixels.
    """

    fields: dict[str, tuple[Array, ...]]
    unit: float

    def mask(self, name: str) -> Mask:
        """Tell which pixels (H, W) lie in a region; only its largest part counts."""
        inside: Mask = np.logical_and.reduce([field > 0 for field in self.fields[name]])
        parts, count = label(inside)
        return inside if count < 2 else parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))

    def close_up(self, near: Point) -> CloseUp:
        """Look at the surroundings of a pixel (y, x), several times finer."""
        height, width = next(iter(self.fields.values()))[0].shape
        reach = int(np.clip(9 * self.unit, 3, 9))
        top = int(np.clip(round(near[0]) - reach, 0, height - 2 * reach - 1))
        left = int(np.clip(round(near[1]) - reach, 0, width - 2 * reach - 1))
        return CloseUp(self, top, left, 2 * reach + 1)


@dataclass(frozen=True)
class CloseUp:
    """A window of `side` pixels on a finer grid, whose upper left sample is the pixel (`top`, `left`)."""

    outlines: Outlines
    top: int
    left: int
    side: int

    def enlarged(self, field: Array) -> Array:
        """Give a field's window, sampled finer."""
        window = field[self.top : self.top + self.side, self.left : self.left + self.side]
        return zoom(window, ((self.side - 1) * _FINE + 1) / self.side, order=1, grid_mode=False)

    def mask(self, name: str) -> Mask:
        """Tell which samples lie in a region."""
        inside: Mask = np.logical_and.reduce([self.enlarged(field) > 0 for field in self.outlines.fields[name]])
        return inside

    def point(self, row: float, column: float) -> Point:
        """Give (y, x) in pixels of a place on the finer grid."""
        return self.top + row / _FINE, self.left + column / _FINE

    def row_of(self, y: float) -> int:
        """Give the finer row nearest to `y`."""
        return int(np.clip(round((y - self.top) * _FINE), 0, (self.side - 1) * _FINE))


def outlines(chest: Chest, projection: Projection, image_size: tuple[int, int]) -> Outlines:
    """Give the outlines of both lungs, the heart and the cardiomediastinum.

    `image_size` is the image's (height, width), which sets the rules' pixel; the projection's grid may be larger.
    """
    heart, whole = silhouette(chest, projection)
    _, y = projection.plane(0.0)
    fields: dict[str, tuple[Array, ...]] = {}
    for name, side in (("right_lung", -1), ("left_lung", 1)):
        lung = chest.outline(side, projection)
        fields[name] = (lung.wall, -lung.under, -whole, lung.out)
    fields["heart"] = (heart,)
    # Drawn from the thoracic inlet down; beside the heart's lower half, only the heart counts.
    fields["cardiomediastinum"] = (np.maximum(heart, np.minimum(whole, chest.heart_centre[1] - y)), y - 2.8)
    return Outlines(fields, max(image_size) / _RULE_SIDE)


def landmark_points(regions: Outlines) -> dict[str, Point]:
    """Give (y, x) of the landmarks of both schemes, in pixels of the outlines' grid."""
    points: dict[str, Point] = {}
    masks = {name: regions.mask(name) for name in regions.fields}
    for side, sign in (("right", -1), ("left", 1)):
        name = f"{side}_lung"
        apex = _apex(regions, name, masks[name])
        angle = _corner(regions, name, masks[name], 0.5 * sign)
        points[f"{side}_lung_apex"], points[f"{side}_costophrenic_angle"] = apex, angle
        points[f"{side}_lateral_wall_mid"] = _wall(regions, name, masks[name], (apex[0] + angle[0]) / 2, sign)
        for region, title in (
            ("heart", f"heart_{side}_border"),
            ("cardiomediastinum", f"cardiomediastinum_{side}_border"),
        ):
            points[title] = _border(regions, region, masks[region], sign)
    points["right_cardiophrenic_angle"] = _right_cardiophrenic(regions, masks, points["heart_right_border"])
    points["left_cardiophrenic_angle"] = _left_cardiophrenic(regions, masks)
    return points


def _apex(regions: Outlines, name: str, mask: Mask) -> Point:
    row = int(np.flatnonzero(mask.any(axis=1))[0])
    near = regions.close_up((row, float(np.median(np.flatnonzero(mask[row])))))
    fine = near.mask(name)
    rows = np.flatnonzero(fine.any(axis=1))[:2]
    return near.point(float(rows[0]), float(np.median(np.nonzero(fine[rows])[1])))


def _corner(regions: Outlines, name: str, mask: Mask, slant: float) -> Point:
    """Find the largest y + slant * x."""

    def best(inside: Mask) -> tuple[int, int]:
        rows, columns = np.nonzero(inside)
        at = int(np.argmax(rows + slant * columns))
        return int(rows[at]), int(columns[at])

    near = regions.close_up(best(mask))
    return near.point(*best(near.mask(name)))


def _wall(regions: Outlines, name: str, mask: Mask, y: float, sign: int) -> Point:
    def outermost(row: Mask) -> int:
        columns = np.flatnonzero(row)
        return int(columns[-1] if sign > 0 else columns[0])

    near = regions.close_up((y, outermost(mask[round(y)])))
    row = near.row_of(y)
    return y, near.point(row, outermost(near.mask(name)[row]))[1]


def _border(regions: Outlines, name: str, mask: Mask, sign: int) -> Point:
    def outermost(inside: Mask) -> tuple[float, int]:
        columns = np.flatnonzero(inside.any(axis=0))[::-sign][:2]
        return float(np.median(np.nonzero(inside[:, columns])[0])), int(columns[0])

    near = regions.close_up(outermost(mask))
    return near.point(*outermost(near.mask(name)))


def _right_cardiophrenic(regions: Outlines, masks: dict[str, Mask], border: Point) -> Point:
    lung, heart, unit = masks["right_lung"], masks["heart"], regions.unit
    rows = np.arange(lung.shape[0])[:, None]
    beside = lung & (distance_transform_edt(~heart) <= 25 * unit)
    chosen = beside & (rows >= border[0] - 10 * unit)
    if chosen.sum() < 50 * unit**2:
        tall = np.flatnonzero(heart.any(axis=1))
        chosen = beside & (rows >= tall[0] + 0.35 * (tall[-1] - tall[0]))
    return _corner(regions, "right_lung", chosen, 1.5)


def _left_cardiophrenic(regions: Outlines, masks: dict[str, Mask]) -> Point:
    soft = gaussian_filter(masks["heart"].astype(np.float64), 5 * regions.unit)
    fall = [-np.gradient(soft, axis=axis) for axis in (0, 1)]

    def lowest(heart: Mask, lung: Mask, down: Array, out: Array, reach: float) -> tuple[int, int]:
        rim = heart & ~binary_erosion(heart, border_value=1)
        sideways = out >= np.cos(np.radians(60)) * np.sqrt(down**2 + out**2)
        rows, columns = np.nonzero(rim & sideways & (distance_transform_edt(~lung) <= reach))
        at = int(np.argmax(rows))
        return int(rows[at]), int(columns[at])

    near = regions.close_up(lowest(masks["heart"], masks["left_lung"], fall[0], fall[1], max(5 * regions.unit, 1.5)))
    parts = near.mask("heart"), near.mask("left_lung"), near.enlarged(fall[0]), near.enlarged(fall[1])
    return near.point(*lowest(*parts, reach=5 * regions.unit * _FINE))
