"""Where the landmarks of one source and of the truth lie: what figures beside the radial error are computed from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float64]

# Spacings that differ by less than this share are one, written with other digits.
_SAME_SPACING = 1e-3


@dataclass(frozen=True)
class Geometry:
    """Points of N images with L landmarks, and how large the images are.

    Parameters
    ----------
    found, true : (N, L, 2)
        (y, x) in pixels of each original image; NaN where there is no point.
    is_absent : (N, L)
        Where the truth says that there is no such landmark in the image.
    spacing_mm : (N, 2)
        (row, column) millimetres per pixel; NaN where an image has none.
    sizes : (N, 2)
        (height, width) in pixels; NaN where it is not known.
    """

    found: Points
    true: Points
    is_absent: NDArray[np.bool_]
    spacing_mm: NDArray[np.float64]
    sizes: NDArray[np.float64]

    @property
    def has_spacing(self) -> NDArray[np.bool_]:
        """Which images have a spacing; (N,)."""
        return _has_both(self.spacing_mm)

    @property
    def has_true(self) -> NDArray[np.bool_]:
        """Where the truth has a point; (N, L)."""
        return _has_both(self.true)

    @property
    def has_found(self) -> NDArray[np.bool_]:
        """Where the source has a point; (N, L)."""
        return _has_both(self.found)

    @property
    def scale(self) -> NDArray[np.float64]:
        """What points are multiplied by to measure them: the spacing where every image has one, else 1; (N, 1, 2)."""
        spacing = self.spacing_mm if self.has_spacing.all() else np.ones_like(self.spacing_mm)
        scale: NDArray[np.float64] = spacing[:, None, :]
        return scale

    @property
    def unequal_spacings_mm(self) -> tuple[float, float] | None:
        """The smallest and the largest spacing of those images that have one; `None` where all are alike."""
        known = self.spacing_mm[self.has_spacing]
        if not known.size or np.ptp(known) <= _SAME_SPACING * known.max():
            return None
        return float(known.min()), float(known.max())

    @property
    def at_512(self) -> NDArray[np.float64]:
        """What pixels are multiplied by to be those of an image whose longer side has 512; (N, 1), NaN for no size."""
        factors: NDArray[np.float64] = 512.0 / self.sizes.max(axis=1, keepdims=True)
        return factors

    def of_images(self, rows: Sequence[int]) -> Self:
        """Give the geometry of some of the images, by their places."""
        return type(self)(*(getattr(self, field.name)[list(rows)] for field in fields(self)))


def _has_both(pairs: NDArray[np.float64]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.isfinite(pairs[..., 0]) & np.isfinite(pairs[..., 1])
    return known
