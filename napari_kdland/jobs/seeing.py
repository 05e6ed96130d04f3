"""Images of a project as a run sees them: cached, with the channels that it wants, a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from napari_kdland.events import Warned
from napari_kdland.jobs.caching import channel_planes, fill_pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Placement
    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.engine.prediction import Prediction
    from napari_kdland.events import Job
    from napari_kdland.project import Project, Record


class Seer(Protocol):
    """What predicts, such as a `Predictor`."""

    @property
    def size(self) -> int:
        """Side of the input in pixels."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that it sees; empty: the images' own one."""
        ...

    def predict(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> list[Prediction]:
        """Predict images (N, S, S), or (N, C, S, S)."""
        ...


def cached(project: Project, predictor: Seer, records: Sequence[Record]) -> Job[tuple[ImagePool, tuple[Record, ...]]]:
    """Put images into the cache, with the channels that a run sees; an image without one of them is left out."""
    planes = channel_planes(project, records, predictor.channels)
    pool, ready = yield from fill_pool(project.layout.cache_folder, records, predictor.size, planes=planes)
    lost = set(pool.missing(key for record in ready for key in _keys(project, predictor, record)))
    for record in ready:
        without = [key for key in _keys(project, predictor, record) if key in lost]
        if without:
            channel = without[0].partition("#")[2]
            yield Warned(f"{record.name} is left out: it has no channel {channel!r}, which the run sees.")
    return pool, tuple(record for record in ready if not lost.intersection(_keys(project, predictor, record)))


def _keys(project: Project, predictor: Seer, record: Record) -> list[str]:
    """Give the keys in the cache of the planes that a run sees of an image."""
    from napari_kdland.engine.pool import channel_key

    own = ("", project.scheme.default_channel)
    names = predictor.channels or ("",)
    return [record.content_hash if name in own else channel_key(record.content_hash, name) for name in names]


def predict_batch(
    project: Project, pool: ImagePool, predictor: Seer, records: Sequence[Record]
) -> Sequence[Prediction]:
    """Predict images that are in the cache."""
    return predictor.predict(*inputs_of(project, pool, predictor, records)) if records else []


def inputs_of(
    project: Project, pool: ImagePool, predictor: Seer, records: Sequence[Record]
) -> tuple[NDArray[np.uint16], list[Placement]]:
    """Give images that are in the cache as a run sees them, (N, C, S, S), and where each lies in its input."""
    planes = np.array([pool.indices(_keys(project, predictor, record)) for record in records], dtype=np.int64)
    placements = [pool.placement(record.content_hash) for record in records]
    return pool.images[planes.reshape(len(records), len(predictor.channels) or 1)], placements
