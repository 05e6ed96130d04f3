"""Decode and resize the images of a job before it begins, in another process: decoders would stop the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from napari_kdland.engine.pool import ImagePool
from napari_kdland.jobs.caching import fill_pool
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.project import Record
    from napari_kdland.session.isolation import Isolation

T = TypeVar("T")


def prepared(
    job: Callable[[], Job[T]], where: Isolation, project_path: Path, *, size: int, splits: Sequence[str]
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
    """
    return partial(_prepared, job, where, project_path, size, tuple(splits))


def prepare_images(project_path: Path, size: int, splits: tuple[str, ...]) -> Job[int]:
    """Put the images of some splits into the project's cache of network inputs; gives how many there are."""
    with Project.open(project_path, announce=False) as project:
        _, ready = yield from fill_pool(project.layout.cache_folder, _records(project, splits), size)
    return len(ready)


def _prepared(
    job: Callable[[], Job[T]], where: Isolation, project_path: Path, size: int, splits: tuple[str, ...]
) -> Job[T]:
    if _is_any_missing(project_path, size, splits):
        yield from where(partial(prepare_images, project_path, size, splits))()
    return (yield from job())


def _is_any_missing(project_path: Path, size: int, splits: tuple[str, ...]) -> bool:
    with Project.open(project_path, announce=False) as project:
        hashes = [record.content_hash for record in _records(project, splits)]
        return bool(ImagePool.open(project.layout.cache_folder, size).missing(hashes))


def _records(project: Project, splits: tuple[str, ...]) -> list[Record]:
    return [record for split in splits for record in project.records.page(0, -1, split=split)]
