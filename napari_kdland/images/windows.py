"""A window of grey values: what is kept of a modality's range, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOP = 65535


@dataclass(frozen=True)
class Window:
    """A range of modality values that becomes the whole range of a 16-bit image.

    Parameters
    ----------
    low, high
        Values that become 0 and 65535; what lies outside is cut.
    unit
        ``HU``, or empty where the modality has none.
    source
        Who chose it: a paper, its code, ``user``, or ``ours: not stated``.
    """

    low: float
    high: float
    unit: str = ""
    source: str = "user"

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ValueError(f"a window runs from a lower to a higher value: {self.low:g} to {self.high:g}")

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def applied(self, values: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Cut values to the window and spread it over 0..65535, rounded; any shape."""
        shares = (np.clip(values, self.low, self.high) - self.low) / (self.high - self.low)
        grey: NDArray[np.uint16] = np.rint(shares * _TOP).astype(np.uint16)
        return grey

    @classmethod
    def of_tissue(cls, values: NDArray[np.float32]) -> Window:
        """Give the window of a magnetic resonance volume, whose values have no unit and whose background is 0.

        It runs from 0, or from percentile 0.5 where that is lower, to percentile 99.5, both of the values that are not
        0.

        Raises
        ------
        ValueError
            If all values are 0, or equal.
        """
        tissue = values[values != 0]
        if not tissue.size:
            raise ValueError("all values are 0")
        low, high = (float(value) for value in np.percentile(tissue, (0.5, 99.5)))
        return cls(min(0.0, low), high, source="ours: not stated")
