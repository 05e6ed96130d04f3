"""Makers of small phantoms and of what they are made from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.phantom import make_phantom
from napari_kdland.phantom.chest import Chest
from napari_kdland.phantom.geometry import Projection
from napari_kdland.phantom.patient import Findings, draw_patient, draw_positioning

if TYPE_CHECKING:
    from napari_kdland.phantom import Phantom


@lru_cache(maxsize=8)
def a_phantom(seed: int = 1, size: tuple[int, int] = (256, 256), visit: int = 0) -> Phantom:
    return make_phantom(seed, size, visit=visit)


def a_chest(
    seed: int = 1, *, patient: dict[str, Any] | None = None, positioning: dict[str, Any] | None = None
) -> Chest:
    person = replace(draw_patient(seed), curvature=(0.0, 0.0), **(patient or {}))
    return Chest(person, replace(draw_positioning(person, 0), **(positioning or {})))


def a_projection(size: tuple[int, int] = (200, 200), pixel_cm: float = 0.2, **changes: Any) -> Projection:
    return Projection(size, pixel_cm, **changes)


def no_findings(**changes: Any) -> Findings:
    return replace(Findings(), **changes)


def a_generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)
