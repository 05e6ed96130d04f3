"""From path lengths to a radiograph: attenuation, scatter, blur, quantum noise, detector and presentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.phantom.geometry import Array

FULL_SCALE = 4095


@dataclass(frozen=True)
class Beam:
    """Linear attenuation in 1/cm by material, at a beam's effective energy.

    Mass attenuation from Hubbell & Seltzer (1995), NISTIR 5632, tables 3 and 4, times density.
    """

    name: str
    soft: float
    fat: float
    bone: float
    metal: float


# 60 kVp, about 40 keV: soft tissue 1.06, adipose 0.95, compact bone 1.92 g/cm3; metal is steel-like.
LOW = Beam("60 kVp", soft=0.284, fat=0.228, bone=1.278, metal=26.0)
# 120 kVp with hardening in the patient, about 70 keV.
HIGH = Beam("120 kVp", soft=0.205, fat=0.178, bone=0.50, metal=6.5)


@dataclass(frozen=True)
class Detector:
    """How the signal is recorded.

    `quanta` reach a pixel unattenuated; `scatter` is its strength (a grid lowers it); `blur_px` is the standard
    deviation of focal spot and detector blur in pixels; `corrected` is the share of the scatter that is subtracted
    before the logarithm.
    """

    quanta: float
    scatter: float
    blur_px: float
    corrected: float = 0.0


def attenuation(paths: Mapping[str, Array], beam: Beam) -> Array:
    """Give the line integral (H, W) of attenuation over path lengths in cm by material."""
    total = np.zeros_like(paths["soft"])
    for material, path in paths.items():
        total += getattr(beam, material) * path
    return total


def expose(integral: Array, detector: Detector, pixel_cm: float, rng: np.random.Generator, field: Array) -> Array:
    """Give minus the logarithm of the recorded signal, for a line integral (H, W) of attenuation.

    `field` is the share (H, W) of the beam that the collimator lets through.
    """
    primary = np.exp(-integral) * field
    # What is scattered away from the primary beam comes back as a veil, some centimetres wide.
    veil = detector.scatter * blurred(primary * np.clip(integral, 0.0, 5.0), 4.0 / pixel_cm)
    signal = gaussian_filter(primary, detector.blur_px, mode="nearest") + veil
    grain = gaussian_filter(rng.standard_normal(signal.shape), 0.42, mode="wrap") * 1.32
    signal = signal + np.sqrt(signal / detector.quanta) * grain
    return -np.log(np.clip(signal - detector.corrected * veil, 2e-4, None))


def blurred(image: Array, sigma: float) -> Array:
    """Blur by `sigma` pixels, on a coarser grid where that makes no difference."""
    step = max(int(sigma / 4), 1)
    if step == 1:
        return gaussian_filter(image, sigma, mode="nearest")
    height, width = image.shape
    padded = np.pad(image, ((0, -height % step), (0, -width % step)), mode="edge")
    # Block means by slices: the order of additions is then the same on every machine.
    rows = sum((padded[offset::step] for offset in range(1, step)), start=padded[::step].copy())
    small = sum((rows[:, offset::step] for offset in range(1, step)), start=rows[:, ::step].copy()) / step**2
    soft = gaussian_filter(small, sigma / step, mode="nearest")
    return zoom(soft, step, order=1, mode="nearest", grid_mode=True)[:height, :width]
