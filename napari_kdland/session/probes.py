"""The handful of images that are watched while a training runs: which ones, and what is seen in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kdland.engine.pool import ImagePool
from napari_kdland.errors import UsageError
from napari_kdland.events import Advanced, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Placement
    from napari_kdland.events import Job, Probed
    from napari_kdland.project import Record
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.session import Session

_MOST = 8
_USUAL = 4


@dataclass(frozen=True)
class ProbePicture:
    """An image that is watched, as the network gets it.

    Parameters
    ----------
    image_id, name
        Of the image.
    grey : (S, S)
        The network's input, 0 to 255.
    placement
        Where the image lies in it.
    readers : (L, 2)
        (y, x) of the reader's landmarks in image pixels, NaN where there is none.
    """

    image_id: int
    name: str
    grey: NDArray[np.uint8]
    placement: Placement
    readers: NDArray[np.float64]

    def error_px(self, points: Sequence[tuple[float, float]]) -> float | None:
        """Give the mean radial error of points (y, x) in image pixels; `None` where the reader placed none."""
        if len(points) != len(self.readers):
            return None
        errors = np.linalg.norm(np.asarray(points, dtype=float).reshape(-1, 2) - self.readers, axis=1)
        return float(np.nanmean(errors)) if np.isfinite(errors).any() else None


class Probes:
    """Which images are watched, and what was seen in them last.

    Parameters
    ----------
    session
        Whose project's images are watched.
    runner
        Reads them in the background.

    Attributes
    ----------
    changed
        Emits when other images are watched, or something new was seen in them.
    """

    changed = Signal()

    def __init__(self, session: Session, runner: JobRunner) -> None:
        self._session = session
        self._runner = runner
        self._chosen: tuple[str, ...] = ()
        self._asked: set[str] = set()
        self.pictures: dict[str, ProbePicture] = {}
        self.seen: dict[str, Probed] = {}
        session.project_changed.connect(self._forget)

    @property
    def images(self) -> tuple[str, ...]:
        """Content hashes of the images that the next training watches: the chosen ones, or the usual ones."""
        project = self._session.project
        return self._chosen or (() if project is None else usual_probes(project))

    @property
    def is_chosen(self) -> bool:
        """Whether the user has chosen them."""
        return bool(self._chosen)

    def watch(self, record: Record) -> None:
        """Watch an image from the next training on, beside those that the user has chosen already.

        Raises
        ------
        UsageError
            If it is of the test split, which nobody looks at before the end, or eight are watched already.
        """
        if record.split == "test":
            raise UsageError(
                f"{record.name} is of the test split. Looking at it while a training runs would spoil it for the "
                "comparison: watch an image of val, train or pool."
            )
        if record.content_hash in self._chosen:
            return
        if len(self._chosen) >= _MOST:
            raise UsageError(f"{_MOST} images are watched already. Choose the usual ones to begin anew.")
        self._chosen = (*self._chosen, record.content_hash)
        self.changed.emit()

    def take_usual(self) -> None:
        """Watch images of val, or labelled ones, again."""
        self._chosen = ()
        self.changed.emit()

    def begin(self) -> None:
        """Forget what was seen: another training begins."""
        self.seen.clear()
        self.pictures.clear()
        self._asked.clear()
        self.changed.emit()

    def see(self, event: Probed, project_path: Path, size: int) -> None:
        """Take in what a network saw; images that are new are read from the cache of inputs of `size` pixels."""
        self.seen[event.image] = event
        if event.image not in self._asked:
            self._asked.add(event.image)
            job = partial(read_probes, project_path, size, (event.image,))
            self._runner.start("Read a watched image", job, on_end=self._on_read)
        self.changed.emit()

    def _on_read(self, handle: JobHandle[dict[str, ProbePicture]]) -> None:
        wanted = {key: picture for key, picture in (handle.result or {}).items() if key in self._asked}
        self.pictures.update(wanted)
        self.changed.emit()

    def _forget(self) -> None:
        self._chosen = ()
        self.begin()


def usual_probes(project: Project, n_images: int = _USUAL) -> tuple[str, ...]:
    """Give some labelled images of val, spread over all of them; of train where val has none."""
    for split in ("val", "train"):
        labelled = {*project.annotations.labelled_ids(split), *project.masks.labelled_ids(split)}
        found = sorted(labelled)
        if found:
            places = np.unique(np.linspace(0, len(found) - 1, min(n_images, len(found))).round().astype(int))
            return tuple(project.records.get(found[place]).content_hash for place in places)
    return ()


def read_probes(project_path: Path, size: int, hashes: Sequence[str]) -> Job[dict[str, ProbePicture]]:
    """Read images from the cache of network inputs, with the readers' landmarks; others are left out."""
    yield Started("Reading watched images", len(hashes))
    found = {}
    with Project.open(project_path, announce=False) as project:
        pool = ImagePool.open(project.layout.cache_folder, size)
        gone = set(pool.missing(hashes))
        records = {record.content_hash: record for record in project.records.page(0, -1)}
        for done, key in enumerate(hashes, start=1):
            if key in records and key not in gone:
                found[key] = _picture(project, pool, records[key])
            yield Advanced(done)
    return found


def _picture(project: Project, pool: ImagePool, record: Record) -> ProbePicture:
    (place,) = pool.indices([record.content_hash])
    grey = (pool.images[place] >> 8).astype(np.uint8)
    landmarks = project.annotations.current(record.image_id)
    return ProbePicture(record.image_id, record.name, grey, pool.placement(record.content_hash), landmarks.points)
