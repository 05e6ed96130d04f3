"""Bones, vessels, tubes and wires: swept along a path in the body and painted as path lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from napari_kdland.phantom.geometry import Array, Projection

# Every ring of samples starts a golden share further on, so that samples never line up into stripes.
_GOLDEN = 0.6180339887498949
# Density of spongy bone as a share of compact bone's.
SPONGY = 0.15
Axes = tuple["Array", "Array"]


def length_of(vectors: Array) -> Array:
    """Give the lengths (...,) of vectors (..., n)."""
    length: Array = np.sqrt((vectors**2).sum(axis=-1))
    return length


def path_through(points: Sequence[ArrayLike], step: float, smoothing: float = 0.36) -> Array:
    """Give a smooth curve (n, 3) through points (x, y, z), sampled about every `step` cm.

    `smoothing` is how far corners are rounded, as a share of the distance between them.
    """
    corners = np.asarray(points, dtype=np.float64)
    knots = np.concatenate([[0.0], np.cumsum(length_of(corners[1:] - corners[:-1]))])
    at = np.linspace(0.0, knots[-1], max(int(knots[-1] / step), 8))
    bent = np.stack([np.interp(at, knots, corners[:, axis]) for axis in range(3)], axis=1)
    smooth = gaussian_filter1d(bent, smoothing * len(at) / len(corners), axis=0, mode="nearest")
    # The blur pulls both ends inwards; move them back, and what lies between in proportion.
    toward_start = np.linspace(1.0, 0.0, len(at))[:, None]
    curve: Array = smooth + toward_start * (bent[0] - smooth[0]) + (1.0 - toward_start) * (bent[-1] - smooth[-1])
    return curve


def frame_of(path: Array, outward: Array) -> tuple[Array, Array, Array]:
    """Give element lengths (n,) and unit vectors (n, 3) outward and across, along a path (n, 3).

    `outward` (n, 3) need not be at right angles to the path; it is made so.
    """
    tangent = np.gradient(path, axis=0)
    length = length_of(tangent)
    tangent = tangent / length[:, None]
    outward = outward - (outward * tangent).sum(axis=1)[:, None] * tangent
    outward = outward / length_of(outward)[:, None]
    return length, outward, np.cross(tangent, outward)


def splat(projection: Projection, points: Array, volume: ArrayLike) -> Array:
    """Give the path length (H, W), in cm, of `volume` (in cm3, one or one a point) put at points (..., 3)."""
    height, width = projection.size
    row, column = (np.ravel(part) for part in projection.project(points))
    inside = (row > -1) & (row < height) & (column > -1) & (column < width)
    total = np.zeros((height + 2, width + 2))
    if inside.any():
        weight = np.ravel(np.broadcast_to(np.asarray(volume), points.shape[:-1]))[inside] / projection.pixel_area
        _add(total, row[inside] + 1.0, column[inside] + 1.0, weight)
    return total[1:-1, 1:-1]


def _add(total: Array, row: Array, column: Array, weight: Array) -> None:
    """Share every weight among the four pixels around its place."""
    top, left = row.astype(np.intp), column.astype(np.intp)
    down, right = row - top, column - left
    # Only the box that holds all points is touched.
    first, start = int(top.min()), int(left.min())
    high, wide = int(top.max()) - first + 2, int(left.max()) - start + 2
    corner = (top - first) * wide + (left - start)
    lower, upper = weight * down, weight * (1.0 - down)
    box = np.bincount(corner, weights=upper * (1.0 - right), minlength=high * wide)
    box += np.bincount(corner + 1, weights=upper * right, minlength=high * wide)
    box += np.bincount(corner + wide, weights=lower * (1.0 - right), minlength=high * wide)
    box += np.bincount(corner + wide + 1, weights=lower * right, minlength=high * wide)
    total[first : first + high, start : start + wide] = box.reshape(high, wide)


def hollow_tube(projection: Projection, path: Array, axes: Axes, *, wall: ArrayLike) -> Array:
    """Give the path length (H, W) through the wall of a tube with elliptical cross-section.

    Parameters
    ----------
    projection
        The beam.
    path : (n, 3)
        Centre line.
    axes
        Half axes of the cross-section as vectors, each (n, 3).
    wall
        Thickness of the wall in cm, one or (n,).
    """
    around = _samples_around(projection, axes)
    cosine, sine = _turns(len(path), around)
    first, second = axes[0][:, None, :], axes[1][:, None, :]
    arc = length_of(cosine * second - sine * first) * (2 * np.pi / around)
    thick = length_of(np.gradient(path, axis=0)) * np.asarray(wall, dtype=np.float64)
    return splat(projection, path[:, None, :] + cosine * first + sine * second, arc * thick[:, None])


def filled_tube(projection: Projection, path: Array, axes: Axes) -> Array:
    """Give the path length (H, W) through a tube with elliptical cross-section; see `hollow_tube`."""
    # What fills a bone has no edges of its own: every other sample will do.
    path, first, second = path[::2], axes[0][::2], axes[1][::2]
    around = max(_samples_around(projection, axes) // 3, 8)
    area: Array = np.pi * length_of(np.cross(first, second))
    volume = area * length_of(np.gradient(path, axis=0))
    total = np.zeros(projection.size)
    # Three rings, each in the middle of a third of the area.
    for number, radius in enumerate((0.408, 0.707, 0.913)):
        cosine, sine = _turns(len(path), around, start=number / 3)
        points = path[:, None, :] + radius * (cosine * first[:, None, :] + sine * second[:, None, :])
        total += splat(projection, points, (volume / (3 * around))[:, None])
    return total


def bone_along(projection: Projection, path: Array, axes: Axes, *, wall: ArrayLike) -> Array:
    """Give the centimetres (H, W) of compact bone in a tube: its wall, and the spongy bone inside."""
    return hollow_tube(projection, path, axes, wall=wall) + SPONGY * filled_tube(projection, path, axes)


def ribbon(projection: Projection, path: Array, radius: ArrayLike, *, across: int) -> Array:
    """Give the path length (H, W) through a round tube that runs across the beam.

    It is painted with `across` samples from side to side; cheaper than `filled_tube`, and with a sharper edge.
    """
    run = np.gradient(path, axis=0)
    wide = np.broadcast_to(np.asarray(radius, dtype=np.float64), len(path))
    offset, share = _chords(across)
    points = path[:, None, :] + (wide[:, None] * offset)[..., None] * _sideways(run)[:, None, :]
    return splat(projection, points, (np.pi * wide**2 * length_of(run))[:, None] * share)


def straight_pieces(projection: Projection, starts: Array, ends: Array, radii: Array, *, across: int) -> Array:
    """Give the path length (H, W) through many short straight tubes: ends (n, 3), radii (n,); see `ribbon`."""
    run = ends - starts
    n = max(int(length_of(run).max() / (0.6 * projection.pixel_cm)), 2)
    along = (np.arange(n) + 0.5)[:, None, None] / n
    offset, share = _chords(across)
    points = starts[:, None, None, :] + along * run[:, None, None, :]
    points = points + (radii[:, None] * offset)[:, None, :, None] * _sideways(run)[:, None, None, :]
    return splat(projection, points, (np.pi * radii**2 * length_of(run) / n)[:, None, None] * share)


def _samples_around(projection: Projection, axes: Axes) -> int:
    longest = max(float(length_of(axis).max()) for axis in axes)
    return int(np.clip(5.0 * longest / projection.pixel_cm, 16, 160))


def _turns(n: int, around: int, start: float = 0.0) -> tuple[Array, Array]:
    turn = np.arange(around)[None, :] + (np.arange(n) * _GOLDEN + start)[:, None]
    angle = turn[..., None] * (2 * np.pi / around)
    return np.cos(angle), np.sin(angle)


def _chords(across: int) -> tuple[Array, Array]:
    """Give places from side to side (-1..1) and the share of a round tube's volume at each."""
    offset = (np.arange(across) + 0.5) / across * 2.0 - 1.0
    chord = np.sqrt(1.0 - offset**2)
    return offset, chord / chord.sum()


def _sideways(run: Array) -> Array:
    flat = np.maximum(length_of(run[:, :2]), 1e-9)
    return np.stack([-run[:, 1] / flat, run[:, 0] / flat, np.zeros(len(run))], axis=1)
