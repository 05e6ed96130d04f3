"""From detector signal to the radiograph that is stored: tone, edges, shutter, side marker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_kdland.phantom.devices import letter
from napari_kdland.phantom.physics import FULL_SCALE, blurred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.geometry import Array

    Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Style:
    """How one maker's machine presents its images.

    `evened` is the share of large-scale contrast that is taken away, `sharpened` the gain of fine detail, `lung` and
    `middle` the grey of lung and mediastinum (0..1), `floor` and `ceiling` the range used of the full scale.
    `marker` is ``lead``, ``stamp`` or ``none``; `shutter` the border closed by collimation, in pixels
    (top, bottom, left, right), `is_masked` whether it is stored black rather than as measured.
    """

    evened: float
    sharpened: float
    lung: float
    middle: float
    floor: float
    ceiling: float
    marker: str
    marker_at: tuple[float, float]
    shutter: tuple[float, float, float, float]
    shutter_tilt: float
    is_masked: bool
    is_monochrome1: bool


def draw_style(rng: np.random.Generator, size: tuple[int, int], *, is_ap: bool) -> Style:
    """Draw a machine and its settings."""
    closed = rng.random() < 0.35
    top, bottom = (max(0.0, float(share) * size[0]) for share in rng.uniform(-0.02, 0.045, 2))
    left, right = (max(0.0, float(share) * size[1]) for share in rng.uniform(-0.02, 0.045, 2))
    return Style(
        evened=float(rng.uniform(0.25, 0.5)),
        sharpened=float(rng.uniform(0.25, 0.85)),
        lung=float(rng.uniform(0.22, 0.38)),
        middle=float(rng.uniform(0.74, 0.88)),
        floor=float(rng.uniform(0, 160)),
        ceiling=float(rng.uniform(3300, FULL_SCALE)),
        marker=str(rng.choice(("lead", "stamp", "none"), p=(0.55, 0.3, 0.15))),
        marker_at=(float(rng.uniform(0.03, 0.12)), float(rng.uniform(0.03, 0.11))),
        shutter=(top, bottom, left, right) if closed else (0.0, 0.0, 0.0, 0.0),
        shutter_tilt=float(rng.normal(0, 0.012 if is_ap else 0.004)),
        is_masked=bool(rng.random() < 0.8),
        is_monochrome1=bool(rng.random() < 0.12),
    )


def open_field(style: Style, size: tuple[int, int]) -> Array:
    """Give the share (H, W) of the beam that the collimator lets through."""
    height, width = size
    if not any(style.shutter):
        return np.ones(size)
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    tilted_rows = rows + style.shutter_tilt * (columns - width / 2)
    tilted_columns = columns - style.shutter_tilt * (rows - height / 2)
    top, bottom, left, right = (side if side else -9.0 for side in style.shutter)
    nearest = np.minimum(
        np.minimum(tilted_rows - top, height - 1 - bottom - tilted_rows),
        np.minimum(tilted_columns - left, width - 1 - right - tilted_columns),
    )
    return 0.0015 + 0.9985 * np.clip(nearest / 2.0 + 0.5, 0.0, 1.0)


def marker_field(style: Style, size: tuple[int, int], pixel_cm: float) -> tuple[Array, Array]:
    """Give fields (H, W), positive on the side letter and on its plate, in the upper corner of the marked side."""
    height, width = size
    side = "R" if style.marker_at[0] < 0.09 else "L"
    tall = 1.7 / pixel_cm
    at_y = style.marker_at[1] * height + style.shutter[0] + 0.3 * tall
    edge = style.marker_at[0] * width + 0.3 * tall
    at_x = edge + style.shutter[2] if side == "R" else width - edge - style.shutter[3] - 0.6 * tall
    y = np.arange(height, dtype=np.float64)[:, None] - at_y
    x = np.arange(width, dtype=np.float64)[None, :] - at_x
    stroke = letter(side, x, y, tall)
    plate = np.minimum(0.95 * tall - np.abs(y - 0.5 * tall), 0.62 * tall - np.abs(x - 0.28 * tall)) - 0.2 * tall
    return stroke, plate


def present(signal: Array, levels: tuple[Mask, Mask], style: Style, pixel_cm: float) -> NDArray[np.uint16]:
    """Give the stored image (H, W), bone bright; `levels` are masks of plain lung and of mediastinum."""
    fine = signal - gaussian_filter(signal, 0.25 / pixel_cm, mode="nearest")
    shaped = signal - style.evened * blurred(signal, 2.2 / pixel_cm) + style.sharpened * fine
    lung, middle = (float(np.median(shaped[mask])) for mask in levels)
    tone = (shaped - lung) / (middle - lung)
    # Beyond lung and mediastinum contrast is held back, as by the toe and the shoulder of a film.
    tone = np.where(tone > 1.0, 1.0 + 0.5 * (tone - 1.0), np.where(tone < 0.0, 0.7 * tone, tone))
    low, high = np.log(style.lung / (1 - style.lung)), np.log(style.middle / (1 - style.middle))
    grey = 1.0 / (1.0 + np.exp(-(low + (high - low) * tone)))
    return _stored(style.floor + (style.ceiling - style.floor) * grey)


def stretched(image: Array) -> NDArray[np.uint16]:
    """Give an image (H, W) of a dual-energy pair over the full scale, between robust limits."""
    low, high = np.percentile(image, (0.5, 99.8))
    return _stored(FULL_SCALE * (image - low) / (high - low))


def _stored(grey: Array) -> NDArray[np.uint16]:
    return np.clip(np.rint(grey), 0, FULL_SCALE).astype(np.uint16)
