"""Fill the cache of network inputs: every image, channel and mask is decoded and resized once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from napari_kdland import images
from napari_kdland.anatomy import Placement
from napari_kdland.anatomy.regions import flags_in_input
from napari_kdland.errors import AnnotationError, ImageError, UnsupportedImage, UsageError
from napari_kdland.events import Advanced, Job, Started, Warned
from napari_kdland.project.mask_files import read_bits
from napari_kdland.project.masks import problem_with_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.engine.pool import ImagePool
    from napari_kdland.jobs.freezing import FrozenImage
    from napari_kdland.project import Project, Record


@dataclass(frozen=True)
class Plane:
    """One image, further channel or mask that a training needs in its inputs.

    Parameters
    ----------
    key
        Under which the cache keeps it.
    title
        For messages.
    path, frame
        The file, and which frame of it.
    size
        (height, width) of the image, which channels and masks must have too.
    kind
        What the file holds.
    """

    key: str
    title: str
    path: Path
    size: tuple[int, int]
    frame: int | None = None
    kind: Literal["image", "channel", "mask"] = "image"

    @property
    def source(self) -> str | None:
        """What tells the file of a channel from another one, `None` where it is gone; keys tell all other planes."""
        if self.kind != "channel":
            return ""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return f"{self.path.name}|{self.frame}|{stat.st_size}|{stat.st_mtime_ns}"


def channel_planes(project: Project, records: Sequence[Record], channels: Iterable[str]) -> list[Plane]:
    """Give the planes of further channels of images, where they have them; the images' own channel needs none."""
    from napari_kdland.engine.pool import channel_key

    files = project.channels.of([record.image_id for record in records])
    wanted = [name for name in channels if name not in ("", project.scheme.default_channel)]
    planes = []
    for record in records:
        for name in wanted:
            file = files.get(record.image_id, {}).get(name)
            if file is not None:
                key, title = channel_key(record.content_hash, name), f"{name} of {record.name}"
                planes.append(Plane(key, title, file.path, record.size, frame=file.frame, kind="channel"))
    return planes


def mask_planes(project: Project, records: Sequence[Record], frozen: Iterable[FrozenImage]) -> list[Plane]:
    """Give the planes of the masks of frozen images, as they were when they were frozen."""
    by_hash = {record.content_hash: record for record in records}
    planes = []
    for image in frozen:
        record = by_hash.get(image.content_hash)
        if record is not None and image.mask is not None:
            path, title = project.masks.path_of(image.mask.sha256), f"mask of {record.name}"
            planes.append(Plane(image.mask_key, title, path, record.size, kind="mask"))
    return planes


def fill_pool(
    folder: Path, records: Sequence[Record], size: int, *, planes: Sequence[Plane] = ()
) -> Job[tuple[ImagePool, tuple[Record, ...]]]:
    """Put the images that are not cached yet into the cache for inputs of `size` pixels, and planes beside them.

    Gives the cache and the records that are in it: files that are gone or cannot be read any more are left out, each
    with a warning. Planes that are left out are those that `ImagePool.missing` still names.
    """
    from napari_kdland.engine.pool import ImagePool

    pool = ImagePool.open(folder, size)
    own = [Plane(one.content_hash, one.name, one.path, one.size, one.frame) for one in records]
    sources = {plane.key: source for plane in planes if (source := plane.source) is not None}
    wanted = set(pool.missing([plane.key for plane in (*own, *planes)], sources))
    missing = [plane for plane in (*own, *planes) if plane.key in wanted]
    lost: set[str] = set()
    if missing:
        yield Started("Preparing images", len(missing))
    for done, plane in enumerate(missing, start=1):
        try:
            pool.add(plane.key, *_read(plane, size), sources.get(plane.key, ""))
        except (AnnotationError, ImageError, UsageError) as error:
            lost.add(plane.key)
            yield Warned(f"{plane.title} is left out: {error}")
        yield Advanced(done, plane.title)
    return pool, tuple(record for record in records if record.content_hash not in lost)


def _read(plane: Plane, size: int) -> tuple[NDArray[np.uint16], Placement]:
    if plane.kind == "mask":
        problem = problem_with_file(plane.path)
        if problem:
            raise AnnotationError(f"{problem}.")
        placement = Placement.letterbox(plane.size, (size, size))
        return flags_in_input(read_bits(plane.path), placement), placement
    radiograph = images.read(plane.path, frame=plane.frame)
    if plane.kind == "channel" and radiograph.size != plane.size:
        (rows, columns), (height, width) = radiograph.size, plane.size
        raise UnsupportedImage(
            f"{plane.path.name} has {columns} x {rows} pixels, its image {width} x {height}; "
            "a channel lies on its image pixel by pixel."
        )
    return images.to_input(radiograph, size)
