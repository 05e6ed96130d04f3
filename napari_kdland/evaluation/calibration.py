"""Predicted standard deviations brought to the size of the errors on validation images, and radii that hold."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation import conformal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.evaluation.metrics import Errors

# Images of a landmark's own at which its own scale counts as much as that of all landmarks together.
_SHRINK = 10.0
# Squared errors count as no larger than this share of all: one wild image must not widen every other prediction.
_CAPPED_ABOVE = 0.95
# Predictions that claim to be exact would make every error infinitely many standard deviations.
_LEAST_SD_PX = 1e-3


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a run's uncertainty was worth on validation images: a scale for each landmark, and conformal radii.

    Parameters
    ----------
    how
        Where the uncertainty comes from: heatmap, dropout, ensemble or views, with its settings.
    names
        The L landmarks.
    errors_px, sd_px : (N, L)
        Radial error, and predicted standard deviation along one axis before calibration, of N validation images in
        pixels of each original image; NaN where truth or prediction has no point.
    key
        Of the weights, labels and settings that it was made from; another key means that it does not hold any more.
    """

    how: str
    names: tuple[str, ...]
    errors_px: Errors
    sd_px: NDArray[np.float64]
    key: str = ""

    @property
    def n_images(self) -> int:
        """Number of images that at least one landmark could be measured in."""
        return int((~np.isnan(self._squares)).any(axis=1).sum()) if self.errors_px.size else 0

    @property
    def floored_px(self) -> NDArray[np.float64]:
        """The standard deviations (N, L) that errors are divided by: never 0."""
        return floored(self.sd_px)

    @property
    def scales(self) -> NDArray[np.float64]:
        """Factor on the standard deviation of each landmark, (L,); 1 where there is no image to learn it from.

        The square of the factor is the mean of (radial error)^2 / (2 sd^2), which is 1 for a Gaussian whose
        standard deviation is right, the largest twentieth of all cut to the rest. That of a landmark with n images is
        shrunk to that of all landmarks together, as a logarithm, with the weight n / (n + 10).

        References
        ----------
        Guo et al. 2017, On calibration of modern neural networks, section 4.2 (one factor, fitted on validation data);
        Efron, Morris 1975, Data analysis using Stein's estimator, section 2 (shrinking to the common value).
        """
        squares = self._squares
        known = squares[~np.isnan(squares)]
        if not known.size or not known.max() > 0:
            return np.ones(len(self.names))
        capped = np.minimum(squares, np.quantile(known, _CAPPED_ABOVE))
        common = float(np.nanmean(capped))
        if not common > 0:
            return np.ones(len(self.names))
        logs = [_shrunk(column[~np.isnan(column)], common) for column in capped.T]
        return np.exp(0.5 * np.array(logs, dtype=np.float64))

    def calibrated(self, sd_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give calibrated standard deviations for predicted ones (..., L)."""
        grown: NDArray[np.float64] = sd_px * self.scales
        return grown

    def radii_px(self, sd_px: NDArray[np.float64], level: float) -> NDArray[np.float64]:
        """Give the radius around each landmark that holds the truth with probability `level`.

        Parameters
        ----------
        sd_px : (..., L)
            As predicted, before calibration.

        Returns
        -------
        (..., L)
            In pixels of the original image; infinite where validation images are too few, NaN without prediction.
        """
        factors = conformal.landmark_factors(self.errors_px, self.floored_px, level)
        radii: NDArray[np.float64] = floored(sd_px) * factors
        return radii

    def to_json(self) -> str:
        """Write it as text."""
        values = {"how": self.how, "names": self.names, "key": self.key}
        return json.dumps(values | {"errors_px": _plain(self.errors_px), "sd_px": _plain(self.sd_px)})

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read it back.

        Raises
        ------
        ValueError
            If the text is no calibration.
        """
        try:
            values = json.loads(text)
            names = tuple(values["names"])
            errors, sd = (
                np.array(values[name], dtype=np.float64).reshape(-1, len(names)) for name in ("errors_px", "sd_px")
            )
            return cls(values["how"], names, errors, sd, values["key"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a calibration: {error}") from error

    @property
    def _squares(self) -> NDArray[np.float64]:
        """Squared radial error over twice the variance along an axis, (N, L): on average 1 where both agree."""
        squares: NDArray[np.float64] = np.square(self.errors_px) / (2 * np.square(self.floored_px))
        return squares


def floored(sd_px: ArrayLike) -> NDArray[np.float64]:
    """Give standard deviations of any shape, none smaller than a thousandth of a pixel."""
    return np.maximum(np.asarray(sd_px, dtype=np.float64), _LEAST_SD_PX)


def _shrunk(squares: NDArray[np.float64], common: float) -> float:
    """Give the logarithm of the mean of a landmark's squares, drawn to that of all; theirs where it has none."""
    mean = float(squares.mean()) if squares.size else 0.0
    if not mean > 0:
        return math.log(common)
    weight = squares.size / (squares.size + _SHRINK)
    return weight * math.log(mean) + (1 - weight) * math.log(common)


def _plain(values: NDArray[np.float64]) -> list[list[float | None]]:
    # JSON has no NaN.
    return [[None if math.isnan(value) else value for value in line] for line in values.tolist()]
