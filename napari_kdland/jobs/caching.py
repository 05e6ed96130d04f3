"""Fill the cache of network inputs: every image is decoded and resized once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland import images
from napari_kdland.errors import ImageError
from napari_kdland.events import Advanced, Job, Started, Warned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.project import Record


def fill_pool(folder: Path, records: Sequence[Record], size: int) -> Job[tuple[ImagePool, tuple[Record, ...]]]:
    """Put the images that are not cached yet into the cache for inputs of `size` pixels.

    Gives the cache and the records that are in it: files that are gone or cannot be read any more are left out, each
    with a warning.
    """
    from napari_kdland.engine.pool import ImagePool

    pool = ImagePool.open(folder, size)
    wanted = set(pool.missing([record.content_hash for record in records]))
    missing = [record for record in records if record.content_hash in wanted]
    lost: list[str] = []
    if missing:
        yield Started("Preparing images", len(missing))
        for done, record in enumerate(missing, start=1):
            try:
                radiograph = images.read(record.path)
                pool.add(record.content_hash, *images.to_input(radiograph, size))
            except ImageError as error:
                lost.append(record.content_hash)
                yield Warned(f"{record.name} is left out: {error}")
            yield Advanced(done, record.name)
    return pool, tuple(record for record in records if record.content_hash not in lost)
