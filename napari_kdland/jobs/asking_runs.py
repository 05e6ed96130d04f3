"""Ask runs about images of the pool: how far their answers are apart, and where the images lie in their features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.acquisition import Candidates
from napari_kdland.events import Advanced, Started
from napari_kdland.recipes.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Placement
    from napari_kdland.evaluation.acquisition import Strategy
    from napari_kdland.events import Job

_BATCH = 32


def asked(
    strategy: Strategy,
    folders: Sequence[Path],
    images: NDArray[np.uint16],
    placements: Sequence[Placement],
    labelled: NDArray[np.uint16],
    *,
    device: str,
) -> Job[Candidates]:
    """Find what a strategy wants to know of images (N, S, S) or (N, C, S, S), and of those that are labelled.

    Several runs are asked once each, one run for several views of each image.
    """
    n = len(images)
    nothing = np.zeros((n, 0))
    between, total, features, known = nothing, nothing, nothing, np.zeros((len(labelled), 0))
    if strategy.asks:
        between, total = yield from _spread(folders, images, placements, device)
    if strategy.looks:
        from napari_kdland.engine.features import FeatureReader

        reader = FeatureReader(folders[0], device=device)
        yield Started("Reading features", n + len(labelled))
        features, known = reader.read(images), reader.read(labelled)
        yield Advanced(n + len(labelled))
    return Candidates(between, total, features, known)


def _spread(
    folders: Sequence[Path], images: NDArray[np.uint16], placements: Sequence[Placement], device: str
) -> Job[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    from napari_kdland.engine.uncertainty import SpreadPredictor

    others = tuple(map(str, folders[1:]))
    asking = Asking("ensemble", others) if others else Asking("views")
    predictor = SpreadPredictor(folders, asking.part, device=device)
    between, total = [], []
    yield Started("Asking for disagreement", len(images))
    for start in range(0, len(images), _BATCH):
        rows = slice(start, start + _BATCH)
        spread = predictor.predict(images[rows], placements[rows])
        between.append(_sd(spread.between))
        total.append(_sd(spread.total))
        yield Advanced(min(start + _BATCH, len(images)))
    return np.concatenate(between), np.concatenate(total)


def _sd(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.sqrt(np.trace(covariance, axis1=-2, axis2=-1) / 2)
    return found
