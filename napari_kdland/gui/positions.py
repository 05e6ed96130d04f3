"""Positions, spacings and times in words; where the spacing is unknown it says pixels and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.images import Spacing

# At the detector, behind the patient: lengths read from it are some percent too long.
_AT_DETECTOR = "ImagerPixelSpacing"


def place_text(point: tuple[float, float], spacing: Spacing | None) -> str:
    """Say where (y, x) in image pixels is, with millimetres and their source where there is one."""
    y, x = point
    pixels = f"row {y:.1f}, column {x:.1f} px"
    if spacing is None:
        return f"{pixels} (no spacing known)"
    source = spacing.source + (", at the detector" if spacing.source == _AT_DETECTOR else "")
    return f"{pixels} · y {y * spacing.row_mm:.1f}, x {x * spacing.column_mm:.1f} mm ({source})"


def short_text(point: Sequence[float] | NDArray[np.float64], spacing: Spacing | None) -> str:
    """Say (y, x) in the image's own unit, for a table."""
    y, x = (float(value) for value in point)
    if spacing is None:
        return f"{y:.1f}, {x:.1f} px"
    return f"{y * spacing.row_mm:.1f}, {x * spacing.column_mm:.1f} mm"


def spacing_text(spacing: Spacing | None) -> str:
    """Say the spacing and where it came from."""
    if spacing is None:
        return "spacing unknown"
    return f"{spacing.row_mm:.3g} x {spacing.column_mm:.3g} mm ({spacing.source})"


def clock_text(time: str) -> str:
    """Give the local time of day of an ISO 8601 time."""
    return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S")


def moment_text(time: str) -> str:
    """Give the local day and time of an ISO 8601 time."""
    return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d at %H:%M:%S")
