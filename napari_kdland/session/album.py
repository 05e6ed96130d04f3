"""Radiographs in memory: the one on screen, its neighbours read ahead, the oldest forgotten."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from napari_kdland import images
from napari_kdland.events import Advanced, Started
from napari_kdland.session.isolation import here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.events import Job
    from napari_kdland.project.records import Record
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner

# A radiograph of 2048 x 2048 takes 16 MiB: room for about sixteen.
_BUDGET_BYTES = 256 * 2**20
FIRST_LANE, SECOND_LANE = "what is looked at", "what may be looked at next"


@dataclass(frozen=True)
class Picture:
    """A radiograph as the window needs it.

    Parameters
    ----------
    shown : (H, W) float32
        After the file's VOI LUT or window, 0..1.
    """

    shown: NDArray[np.float32]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.shown.shape
        return height, width


class Album:
    """Keeps radiographs by image number and reads them in the background.

    Parameters
    ----------
    runner
        Reads the files.
    first, second
        Where it reads the image that is waited for, and those that may be wanted next.
    """

    def __init__(
        self, runner: JobRunner, budget: int = _BUDGET_BYTES, *, first: Isolation = here, second: Isolation = here
    ) -> None:
        self._runner = runner
        self._budget = budget
        self._first = first
        self._second = second
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._reading: dict[int, JobHandle[Picture]] = {}

    def get(self, image_id: int) -> Picture | None:
        """Give a radiograph that is in memory, `None` where it is not."""
        if image_id in self._kept:
            self._kept.move_to_end(image_id)
        return self._kept.get(image_id)

    def fetch(self, record: Record, on_end: Callable[[JobHandle[Any]], None]) -> None:
        """Read a radiograph that is waited for; whatever else has not begun to be read is given up for it.

        `on_end` is called with the job's handle, from the runner's `poll`, when the file was read or refused.
        """
        for image_id, handle in self._reading.items():
            if image_id != record.image_id and not handle.events:  # has not begun
                handle.cancel()
        handle = self._reading.get(record.image_id) or self._read(record, self._first, FIRST_LANE)
        handle.finished.connect(on_end)

    def read_ahead(self, records: Sequence[Record]) -> None:
        """Read radiographs that may be wanted next, unless they are in memory or being read."""
        for record in records:
            if record.image_id not in self._kept and record.image_id not in self._reading:
                self._read(record, self._second, SECOND_LANE)

    def clear(self) -> None:
        """Forget everything; what is being read is dropped when it comes."""
        self._kept.clear()
        for handle in self._reading.values():
            handle.finished.disconnect()
            handle.cancel()
        self._reading.clear()

    def _read(self, record: Record, where: Isolation, lane: str) -> JobHandle[Picture]:
        job = where(partial(read_picture, record.path, record.frame))
        handle = self._runner.start(f"Open {record.name}", job, lane=lane)
        self._reading[record.image_id] = handle
        handle.finished.connect(partial(self._keep, record.image_id))
        return handle

    def _keep(self, image_id: int, handle: JobHandle[Picture]) -> None:
        self._reading.pop(image_id, None)
        if handle.result is None:
            return
        self._kept[image_id] = handle.result
        while len(self._kept) > 2 and sum(each.shown.nbytes for each in self._kept.values()) > self._budget:
            self._kept.popitem(last=False)


def read_picture(path: Path, frame: int | None) -> Job[Picture]:
    """Read a radiograph, or one frame of a file, as the window needs it.

    Raises
    ------
    ImageError
        If the file is gone or cannot be read.
    """
    yield Started(f"Opening {path.name}", 1)
    shown = images.read(path, frame=frame).shown
    yield Advanced(1, path.name)
    return Picture(shown)
