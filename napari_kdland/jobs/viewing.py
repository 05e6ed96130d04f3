"""Load what the window shows: one radiograph, or a row of thumbnails."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland import images
from napari_kdland.anatomy import Placement
from napari_kdland.errors import ImageError
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.images import Radiograph


def load_image(path: Path) -> Job[Radiograph]:
    """Read one radiograph.

    Raises
    ------
    ImageError
        If the file is gone or cannot be read.
    """
    yield Started(f"Opening {path.name}", 1)
    radiograph = images.read(path)
    yield Advanced(1, path.name)
    return radiograph


def make_thumbnails(project_path: Path, image_ids: Sequence[int], side: int = 64) -> Job[dict[int, NDArray[np.uint8]]]:
    """Make small pictures (side, side) of images; those whose file cannot be read have none.

    Thumbnails are kept in the project's cache folder, by content.
    """
    yield Started("Making thumbnails", len(image_ids))
    made: dict[int, NDArray[np.uint8]] = {}
    with Project.open(project_path, announce=False) as project:
        folder = project.layout.cache_folder / f"thumbnails-{side}"
        folder.mkdir(parents=True, exist_ok=True)
        for done, image_id in enumerate(image_ids, start=1):
            record = project.records.get(image_id)
            cached = folder / f"{record.content_hash}.npy"
            with contextlib.suppress(ImageError):
                made[image_id] = np.load(cached) if cached.exists() else _thumbnail(record.path, cached, side)
            yield Advanced(done, record.name)
    return made


def _thumbnail(path: Path, cached: Path, side: int) -> NDArray[np.uint8]:
    radiograph = images.read(path)
    small = images.resized(radiograph.shown, Placement.letterbox(radiograph.size, (side, side), stride=1))
    picture = np.clip(np.rint(255 * small), 0, 255).astype(np.uint8)
    np.save(cached, picture)
    return picture
