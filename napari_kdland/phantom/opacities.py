"""What disease adds to the lungs: how much of their air is replaced by fluid or tissue, by place, and where.

An opacity, as a region to be found, is a consolidation or a nodule: what has a place and an outline. Effusion,
congestion and interstitial disease have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.geometry import cloud, smooth_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.chest import Chest, Lung, Outline
    from napari_kdland.phantom.geometry import Array, Projection
    from napari_kdland.phantom.patient import Findings

    Mask = NDArray[np.bool_]


def filling(
    chest: Chest, lung: Lung, findings: Findings, projection: Projection, rng: np.random.Generator
) -> tuple[Array, Mask]:
    """Give what replaces a lung's air.

    Returns
    -------
    share : (H, W)
        0..1, the share of the air along the beam that is replaced by fluid.
    consolidated : (H, W)
        Where a consolidation is at least half as dense as at its densest.
    """
    place, free = lung.outline, np.ones(projection.size)
    consolidated = np.zeros(projection.size, dtype=bool)
    rough = cloud(projection, rng, (0.22, 0.6, 1.6), (0.16, 0.25, 0.5))
    for patch in findings.patches:
        if patch.side == place.side:
            out, y = _centre(chest, place.side, patch.place)
            away = np.sqrt((place.out - out) ** 2 + ((place.y - y) / 1.25) ** 2) / patch.radius
            rise = smooth_step(0.95 - 0.55 * away + 0.32 * rough)
            free *= 1.0 - patch.density * rise
            consolidated |= rise >= 0.5
    severity = findings.effusion[0 if place.side < 0 else 1]
    if severity:
        free *= 1.0 - _effusion(chest, place, severity)
    if findings.interstitial:
        # Thickened septa make a net: ridges where a random field crosses zero; denser towards the bases.
        net = cloud(projection, rng, (0.1, 0.2, 0.45), (0.6, 0.6, 0.5))
        strength = findings.interstitial * (0.05 + 0.10 * smooth_step((place.y - 4.0) / 16.0))
        free *= 1.0 - strength * np.exp(-((net / 0.4) ** 2))
    if findings.congestion:
        free *= 1.0 - _haze(chest, place, findings.congestion) * np.clip(1.0 + 0.5 * rough, 0.0, 2.0)
    return 1.0 - free, consolidated


def nodules(chest: Chest, lung: Lung, findings: Findings) -> Array:
    """Give the path length (H, W) through round lesions."""
    place = lung.outline
    total = np.zeros_like(place.y)
    for nodule in findings.nodules:
        if nodule.side == place.side:
            out, y = _centre(chest, place.side, nodule.place)
            away = (place.out - out) ** 2 + (place.y - y) ** 2
            total += 2.0 * nodule.density * np.sqrt(np.clip(nodule.radius**2 - away, 0.0, None))
    return np.minimum(total, np.clip(lung.near - lung.far, 0.0, None))


def _centre(chest: Chest, side: int, place: tuple[float, float]) -> tuple[float, float]:
    down, out = place
    y = 1.5 + down * (chest.dome_top(side) + 2.0)
    return 3.0 + out * (float(chest.half_width(np.array(y))) - 3.0), y


def _effusion(chest: Chest, place: Outline, severity: float) -> Array:
    outer = np.clip(place.out / chest.half_width(place.y), 0.0, 1.0)
    lowest = chest.dome_top(place.side) + 4.0
    if chest.positioning.is_erect:
        # Upright, the fluid climbs along the outer wall: the meniscus.
        level = lowest + 0.4 - 7.5 * severity - 3.2 * outer**6 + 0.8 * (1.0 - outer)
        return 0.93 * smooth_step((place.y - level) / (1.6 + 1.5 * (1.0 - outer)))
    # Lying down, it spreads behind the lung as a veil that thickens downwards and outwards.
    veil = 0.3 * smooth_step((place.y - 3.0) / 20.0)
    corner = 0.5 * smooth_step((place.y - lowest + 4.0) / 3.5) * smooth_step((outer - 0.6) / 0.4)
    return severity * (veil + corner)


def _haze(chest: Chest, place: Outline, severity: float) -> Array:
    away = (place.out - 4.5) ** 2 + ((place.y - chest.hilum(place.side) - 3.0) / 1.4) ** 2
    haze: Array = 0.2 * severity * np.exp(-away / 4.5**2)
    return haze
