"""Decode and resize the images of a job before it begins, in another process: decoders would stop the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from napari_kdland.engine.pool import ImagePool
from napari_kdland.jobs.caching import channel_planes, fill_pool
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.project import Record
    from napari_kdland.session.isolation import Isolation

T = TypeVar("T")


def prepared(
    job: Callable[[], Job[T]],
    where: Isolation,
    project_path: Path,
    *,
    size: int,
    splits: Sequence[str],
    channels: Sequence[str] = (),
) -> Callable[[], Job[T]]:
    """Give a job that first prepares images, where that is to be done, and then does `job` here.

    Parameters
    ----------
    job
        Finds its images prepared.
    where
        Where they are prepared; nothing is started there if all are.
    project_path
        The project.
    size
        Side of the network's input.
    splits
        Whose images are prepared.
    channels
        Further channels that are prepared, too.
    """
    return partial(_prepared, job, where, _Wanted(project_path, size, tuple(splits), tuple(channels)))


class _Wanted(NamedTuple):
    project_path: Path
    size: int
    splits: tuple[str, ...]
    channels: tuple[str, ...] = ()


def prepare_images(wanted: _Wanted) -> Job[int]:
    """Put the images of some splits into the project's cache of network inputs; gives how many there are."""
    with Project.open(wanted.project_path, announce=False) as project:
        records = _records(project, wanted.splits)
        planes = channel_planes(project, records, wanted.channels)
        _, ready = yield from fill_pool(project.layout.cache_folder, records, wanted.size, planes=planes)
    return len(ready)


def _prepared(job: Callable[[], Job[T]], where: Isolation, wanted: _Wanted) -> Job[T]:
    if _is_any_missing(wanted):
        yield from where(partial(prepare_images, wanted))()
    return (yield from job())


def _is_any_missing(wanted: _Wanted) -> bool:
    with Project.open(wanted.project_path, announce=False) as project:
        records = _records(project, wanted.splits)
        planes = channel_planes(project, records, wanted.channels)
        keys = [*(record.content_hash for record in records), *(plane.key for plane in planes)]
        sources = {plane.key: source for plane in planes if (source := plane.source) is not None}
        return bool(ImagePool.open(project.layout.cache_folder, wanted.size).missing(keys, sources))


def _records(project: Project, splits: tuple[str, ...]) -> list[Record]:
    return [record for split in splits for record in project.records.page(0, -1, split=split)]
