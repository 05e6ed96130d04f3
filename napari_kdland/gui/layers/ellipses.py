"""How unsure a source is of its landmarks: ellipses of its heatmaps' covariance, and discs that hold the truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.layers.conversion import Strokes, rgba
from napari_kdland.gui.layers.scene import Spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks

_PIECES = 40
# Half axes in standard deviations. 95 % of a Gaussian in the plane lie within sqrt(chi2_2(0.95)) = sqrt(-2 ln 0.05).
_RADII = {Spread.ONE_SD: 1.0, Spread.MOST: math.sqrt(-2 * math.log(0.05))}


def ellipses(landmarks: Landmarks, covariance: NDArray[np.float64], *, spread: Spread, colour: str) -> Strokes:
    """Draw an ellipse around each landmark that has a point and a covariance.

    Parameters
    ----------
    landmarks
        The L landmarks of one source.
    covariance : (L, 2, 2)
        In image pixels squared, (y, x); NaN where there is none.
    spread
        One standard deviation (39 % of a Gaussian in the plane), or what holds 95 % of it.
    colour
        ``#RRGGBB``.

    Returns
    -------
    Strokes
        40 pieces an ellipse.
    """
    rows = np.flatnonzero(landmarks.has_point & np.isfinite(covariance).all(axis=(-2, -1)))
    if spread not in _RADII:
        rows = rows[:0]
    variances, axes = np.linalg.eigh(covariance[rows])
    reach = _RADII.get(spread, 0.0) * np.sqrt(variances.clip(min=0))
    return _drawn(landmarks, rows, np.einsum("nij,nj,jk->nki", axes, reach, _circle()), colour)


def discs(landmarks: Landmarks, radii_px: NDArray[np.float64], *, colour: str) -> Strokes:
    """Draw the rim of a disc around each landmark that has a point and a finite radius.

    Parameters
    ----------
    landmarks
        The L landmarks of one source.
    radii_px : (L,)
        In image pixels; infinite where nobody knows one, NaN where there is no prediction.
    colour
        ``#RRGGBB``.

    Returns
    -------
    Strokes
        40 pieces a disc.
    """
    rows = np.flatnonzero(landmarks.has_point & np.isfinite(radii_px))
    return _drawn(landmarks, rows, radii_px[rows, None, None] * _circle().T, colour)


def _circle() -> NDArray[np.float64]:
    angles = np.linspace(0, 2 * math.pi, _PIECES + 1)
    return np.stack([np.cos(angles), np.sin(angles)])


def _drawn(landmarks: Landmarks, rows: NDArray[np.intp], around: NDArray[np.float64], colour: str) -> Strokes:
    """Lay rims (n, 41, 2) around 0 on the landmarks of n rows."""
    rims = around + landmarks.points[rows, None]
    lines = np.stack([rims[:, :-1], np.diff(rims, axis=1)], axis=2).reshape(-1, 2, 2)
    names = tuple(landmarks.names[row] for row in rows for _ in range(_PIECES))
    return Strokes(lines, np.tile(rgba(colour), (len(lines), 1)), names)
