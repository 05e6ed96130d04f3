"""One patient in one beam, put together: path lengths by material, and how much of the lungs' air is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.phantom.abdomen import gas
from napari_kdland.phantom.airways import airways
from napari_kdland.phantom.devices import metal
from napari_kdland.phantom.geometry import cloud
from napari_kdland.phantom.heart import mediastinum
from napari_kdland.phantom.lungs import vessels
from napari_kdland.phantom.opacities import filling, nodules
from napari_kdland.phantom.ribs import ribs
from napari_kdland.phantom.shoulders import shoulders
from napari_kdland.phantom.spine import spine
from napari_kdland.phantom.trunk import body_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.chest import Chest, Lung
    from napari_kdland.phantom.geometry import Array, Projection
    from napari_kdland.phantom.patient import Findings

# Density of a lung full of air, as a share of soft tissue's; more blood lies at the bases.
_DENSITY_TOP, _DENSITY_BASE = 0.20, 0.27
# Marrow and the pores of bone take the place of soft tissue too, so bone displaces more than its compact part.
_DISPLACED_BY_BONE = 0.8
# Where a lung holds less air than this along the beam, nothing that replaces it can be seen.
_SEEN_AGAINST_CM = 1.0


@dataclass(frozen=True)
class Scene:
    """What every pixel (H, W) looks through.

    `paths` are path lengths in cm by material (soft, fat, bone, metal); `filled` is the share of each lung's air that
    disease has replaced, right lung first; `air` the path through both lungs; `opacity` where a consolidation or a
    nodule lies in front of or behind air.
    """

    paths: dict[str, Array]
    filled: tuple[Array, Array]
    air: Array
    opacity: NDArray[np.bool_]


def trace(chest: Chest, findings: Findings, projection: Projection, rng: np.random.Generator) -> Scene:
    """Send the beam through the patient."""
    body, fat = body_paths(chest, projection, rng)
    bone = ribs(chest, projection) + shoulders(chest, projection) + spine(chest, projection)
    bone *= np.clip(body / 6.0, 0.0, 1.0)
    hollow = (airways(chest, projection) + gas(chest, projection, rng)) * np.clip(body / 9.0, 0.0, 1.0)
    soft = body - fat - hollow - _DISPLACED_BY_BONE * bone
    middle = mediastinum(chest, projection)
    air, filled = np.zeros(projection.size), []
    opacity = np.zeros(projection.size, dtype=bool)
    for side in (-1, 1):
        lung = chest.lung(side, projection)
        path = lung.air(middle.front, middle.behind, lung.liver)
        branches = (1.0 + 0.35 * findings.congestion) * vessels(chest, side, projection, rng)
        share, consolidated = filling(chest, lung, findings, projection, rng)
        filled.append(share)
        grain = cloud(projection, rng, (0.09, 0.25, 0.8, 2.0), (0.04, 0.035, 0.03, 0.05))
        lumps = nodules(chest, lung, findings)
        soft += _tissue(lung, path, grain, branches + lumps, share) - path
        air += path
        opacity |= (consolidated | (lumps > 0.0)) & (path > _SEEN_AGAINST_CM)
    paths = {"soft": np.clip(soft, 0.0, None), "fat": fat, "bone": bone}
    paths = {material: path * chest.patient.stretch[2] for material, path in paths.items()}
    paths["metal"] = metal(chest, findings.devices, projection, rng)
    return Scene(paths, (filled[0], filled[1]), air, opacity)


def _tissue(lung: Lung, air: Array, grain: Array, solid: Array, filled: Array) -> Array:
    """Give the centimetres of soft tissue that a lung is worth, with all that is in it."""
    density = _DENSITY_TOP + (_DENSITY_BASE - _DENSITY_TOP) * np.clip(lung.outline.y / 24.0, 0.0, 1.0)
    # Only what lies in the part that heart and liver leave free is seen against air.
    solid = solid * np.clip(air / np.clip(lung.near - lung.far, 4.0, None), 0.0, 1.0) ** 1.5
    # Where vessels pile up beyond the room there is, they overlap rather than add.
    solid = np.minimum(solid, 0.55 * air) + 0.3 * np.clip(solid - 0.55 * air, 0.0, None)
    dense = air * density * (1.0 + grain)
    return dense + (air - dense) * filled + (1.0 - density) * (1.0 - filled) * solid
