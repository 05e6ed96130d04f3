"""Ways to show the grey values of an image: those that its file offers, and those that are made of the image itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FULL, MIDDLE, LUNG = "full range", "1-99 %", "lung"
# Lung fields without the heart lay, in the median of 95 radiographs of two public collections with lung masks, between
# percentiles 6 and 61 of all pixels; the upper end of a single image, between 50 and 79.
_LUNG_PERCENT = (5.0, 65.0)
# The usual lung window of computed tomography: centre -600, width 1500 HU.
_LUNG_HU = (-1350.0, 150.0)
# As in `intensity`: the full 2048 x 2048 took 60 ms more.
_SAMPLED_PIXELS = 250_000


@dataclass(frozen=True, eq=False)
class Preset:
    """One way to show grey values; black to white is linear between two limits, after `curve` where there is one.

    Parameters
    ----------
    name
        What is done, in words for the badge.
    low, high
        What is black and what is white: values of `Radiograph.pixels`, or 0..1 where there is a curve.
    explanation
        What the file says that it is good for; empty where it says nothing.
    curve
        From `Radiograph.pixels`, any shape, to 0..1, where a line is not enough (a VOI LUT, a sigmoid).
    """

    name: str
    low: float
    high: float
    explanation: str = ""
    curve: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None

    @property
    def title(self) -> str:
        """Name and explanation."""
        return f"{self.name}: {self.explanation}" if self.explanation else self.name


def presets_of(values: NDArray[np.float32], unit: str = "") -> tuple[Preset, ...]:
    """Make the presets that every image has: its full range, all but its extremes, the lungs.

    Parameters
    ----------
    values : (H, W)
        `Radiograph.pixels`.
    unit
        ``HU`` takes the lung window of computed tomography; elsewhere grey values say nothing of tissue, and
        percentiles of the image take its place.

    Returns
    -------
    tuple
        ``full range``, ``1-99 %``, ``lung``; those that would show one grey only are left out, but never the first.
    """
    step = max(1, math.isqrt(values.size // _SAMPLED_PIXELS))
    first, dark, bright, last = (float(v) for v in np.percentile(values[::step, ::step], (1, *_LUNG_PERCENT, 99)))
    lung = _LUNG_HU if unit == "HU" else (dark, bright)
    limits = {FULL: (float(values.min()), float(values.max())), MIDDLE: (first, last), LUNG: lung}
    return tuple(Preset(name, low, high) for name, (low, high) in limits.items() if name == FULL or low < high)
