"""From the frozen copy of a run's images and the cache of network inputs to what the engine trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.jobs.caching import channel_planes, fill_pool, mask_planes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Scheme
    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.engine.probing import ProbeImage
    from napari_kdland.engine.training_data import LabelledImage, MaskData, TrainingData
    from napari_kdland.events import Job
    from napari_kdland.jobs.freezing import FrozenData, FrozenImage
    from napari_kdland.project import Project
    from napari_kdland.recipes import Recipe


def channels_of(recipe: Recipe) -> tuple[str, ...]:
    """Give the channels that student or teacher see, each once; none where both see the images' own one."""
    return tuple(dict.fromkeys((*recipe.input.channels, *recipe.teacher.channels)))


def heads_of(recipe: Recipe) -> tuple[str, ...]:
    """Give what a recipe trains: landmarks, regions, or both."""
    wanted = recipe.heads
    return tuple(
        name for name, is_wanted in (("landmarks", wanted.landmarks), ("regions", wanted.regions)) if is_wanted
    )


def training_data(project: Project, frozen: FrozenData, recipe: Recipe) -> Job[TrainingData]:
    """Put everything that a run reads into the cache and give it to the engine; what cannot be read is left out."""
    by_hash = {image.content_hash: image for image in project.records.page(0, -1)}
    wanted = [by_hash[content_hash] for content_hash in frozen.hashes if content_hash in by_hash]
    planes = channel_planes(project, wanted, channels_of(recipe))
    planes += mask_planes(project, wanted, (*frozen.labelled, *frozen.validation))
    pool, ready = yield from fill_pool(project.layout.cache_folder, wanted, recipe.input.size, planes=planes)
    kept = frozen.without(set(frozen.hashes) - {image.content_hash for image in ready})
    return _Inputs(pool, project.scheme, recipe).of(kept)


def probe_images(project: Project, frozen: FrozenData, recipe: Recipe, hashes: Sequence[str]) -> tuple[ProbeImage, ...]:
    """Give the images to be watched, of those that the run reads anyway: so no image of test gets in.

    Called after `training_data`, which puts them into the cache.
    """
    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.engine.probing import ProbeImage

    pool = ImagePool.open(project.layout.cache_folder, recipe.input.size)
    read = set(frozen.hashes).difference(pool.missing(frozen.hashes))
    wanted = [content_hash for content_hash in hashes if content_hash in read]
    places = pool.indices(wanted).tolist()
    return tuple(
        ProbeImage(content_hash, place, pool.placement(content_hash))
        for content_hash, place in zip(wanted, places, strict=True)
    )


class _Inputs:
    """Looks up images, channels and masks of one recipe in the cache."""

    def __init__(self, pool: ImagePool, scheme: Scheme, recipe: Recipe) -> None:
        self._pool, self._scheme, self._recipe = pool, scheme, recipe

    def of(self, frozen: FrozenData) -> TrainingData:
        from napari_kdland.engine.training_data import TrainingData

        channels = channels_of(self._recipe)
        every = (*frozen.labelled, *frozen.unlabelled, *frozen.validation)
        return TrainingData.prepare(
            self._pool.images,
            self._labelled(frozen.labelled),
            landmarks=self._scheme.landmark_names,
            unlabelled=self._pool.indices([image.content_hash for image in frozen.unlabelled]).tolist(),
            validation=self._labelled(frozen.validation),
            uncertain_weight=self._recipe.training.uncertain_weight,
            accepted_weight=self._recipe.training.accepted_weight,
            channels=channels or ("",),
            planes=self._planes(every, channels) if channels else None,
            masks=self._masks(frozen) if self._recipe.heads.regions else None,
        )

    def _labelled(self, images: Sequence[FrozenImage]) -> list[LabelledImage]:
        from napari_kdland.engine.training_data import LabelledImage

        indices = self._pool.indices([image.content_hash for image in images])
        names = self._scheme.landmark_names
        return [
            LabelledImage(
                int(index), image.landmarks.reordered(names), self._pool.placement(image.content_hash), image.accepted
            )
            for index, image in zip(indices, images, strict=True)
            if image.landmarks is not None
        ]

    def _planes(self, images: Sequence[FrozenImage], channels: Sequence[str]) -> NDArray[np.int64]:
        """Give where the channels of each image lie in the cache, by the place of the image itself; -1 for none."""
        from napari_kdland.engine.pool import channel_key

        own = self._pool.indices([image.content_hash for image in images])
        planes = np.full((len(self._pool), len(channels)), -1, dtype=np.int64)
        for column, name in enumerate(channels):
            if name in ("", self._scheme.default_channel):
                planes[own, column] = own
                continue
            planes[own, column] = self._places([channel_key(image.content_hash, name) for image in images])
        return planes

    def _masks(self, frozen: FrozenData) -> MaskData:
        from napari_kdland.engine.training_data import MaskData

        regions = self._scheme.regions
        parts = (frozen.labelled, frozen.validation)
        places = [self._places([image.mask_key for image in images]) for images in parts]
        known = [
            np.array(
                [[image.mask is not None and one.name in image.mask.known for one in regions] for image in images],
                dtype=bool,
            ).reshape(len(images), len(regions))
            for images in parts
        ]
        return MaskData(
            bits=tuple(one.bit for one in regions),
            overlapping=self._scheme.regions_overlap,
            labelled=places[0],
            labelled_known=known[0],
            validation=places[1],
            validation_known=known[1],
            mirrored_order=self._scheme.mirrored_region_order,
        )

    def _places(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Give where keys lie in the cache; -1 where they are not in it."""
        lost = {"", *self._pool.missing(key for key in keys if key)}
        found = np.full(len(keys), -1, dtype=np.int64)
        rows = [row for row, key in enumerate(keys) if key not in lost]
        found[rows] = self._pool.indices([keys[row] for row in rows])
        return found
