"""Positions, spacings and times in words; where the spacing is unknown it says pixels and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.images import Spacing
    from napari_kdland.session.album import Picture
    from napari_kdland.session.windowing import Look

# Below so many units, grey values may be fractions.
_FEW = 20
# At the detector, behind the patient: lengths read from it are some percent too long.
_AT_DETECTOR = "ImagerPixelSpacing"


def place_text(point: tuple[float, float], spacing: Spacing | None) -> str:
    """Say where (y, x) in image pixels is, with millimetres and their source where there is one."""
    y, x = point
    pixels = f"row {y:.1f}, column {x:.1f} px"
    if spacing is None:
        return f"{pixels} (no spacing known)"
    return f"{pixels} · y {y * spacing.row_mm:.1f}, x {x * spacing.column_mm:.1f} mm ({_source(spacing)})"


def grey_text(value: float | None, unit: str = "") -> str:
    """Say a grey value as the file has it; `None` stands for a place outside the image."""
    return "outside the image" if value is None else f"{value:.6g} {unit}".rstrip()


def nearest_text(
    point: tuple[float, float], landmarks: Landmarks, spacing: Spacing | None, title_of: Callable[[str], str]
) -> str:
    """Name the landmark nearest to (y, x) in image pixels and say how far it is; empty where none has a point."""
    rows = np.flatnonzero(landmarks.has_point)
    if not len(rows):
        return ""
    lengths = (1.0, 1.0) if spacing is None else (spacing.row_mm, spacing.column_mm)
    away = np.linalg.norm((landmarks.points[rows] - np.asarray(point)) * lengths, axis=1)
    nearest = int(np.argmin(away))
    unit = "px" if spacing is None else "mm"
    return f"nearest: {title_of(landmarks.names[rows[nearest]])} {away[nearest]:.1f} {unit}"


def limits_text(look: Look, picture: Picture) -> str:
    """Say centre / width of a window in values of the file, or of a curve in percent of its range.

    Width counts grey values, as DICOM's linear window does: 0 to 4095 is 2048 / 4096. Ranges of few units are told as
    they are.
    """
    centre, width = (look.low + look.high) / 2, look.high - look.low
    if look.preset.curve is not None:
        return f"{100 * centre:.0f} / {100 * width:.0f} %"
    centre = centre if picture.turn is None else picture.turn - centre
    if width < _FEW:
        return f"{centre:.4g} / {width:.4g} {picture.unit}".rstrip()
    return f"{centre + 0.5:.0f} / {width + 1:.0f} {picture.unit}".rstrip()


def look_text(look: Look, picture: Picture) -> str:
    """Say how an image is shown, for its badge."""
    return f"{look.preset.title}, by hand: {limits_text(look, picture)}" if look.is_by_hand else look.preset.title


def short_text(point: Sequence[float] | NDArray[np.float64], spacing: Spacing | None) -> str:
    """Say (y, x) in the image's own unit, for a table."""
    y, x = (float(value) for value in point)
    if spacing is None:
        return f"{y:.1f}, {x:.1f} px"
    return f"{y * spacing.row_mm:.1f}, {x * spacing.column_mm:.1f} mm"


def length_text(start: NDArray[np.float64], end: NDArray[np.float64], spacing: Spacing | None) -> str:
    """Say how far two places (y, x) in image pixels lie apart."""
    lengths = (1.0, 1.0) if spacing is None else (spacing.row_mm, spacing.column_mm)
    away = float(np.linalg.norm((end - start) * lengths))
    return f"{away:.1f} {'px' if spacing is None else 'mm'}"


def spacing_text(spacing: Spacing | None) -> str:
    """Say the spacing and where it came from."""
    if spacing is None:
        return "spacing unknown"
    return f"{spacing.row_mm:.3g} x {spacing.column_mm:.3g} mm ({_source(spacing)})"


def when_text(time: str) -> str:
    """Give the local time of day of an ISO 8601 time, or the day where it is not today, short."""
    when = datetime.fromisoformat(time).astimezone()
    is_today = when.date() == datetime.now().astimezone().date()
    return when.strftime("%H:%M:%S" if is_today else "%Y-%m-%d")


def moment_text(time: str) -> str:
    """Give the local day and time of an ISO 8601 time."""
    return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d at %H:%M:%S")


def _source(spacing: Spacing) -> str:
    return spacing.source + (", at the detector" if spacing.source == _AT_DETECTOR else "")
