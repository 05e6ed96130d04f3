"""Radiographs in memory: the one on screen, its neighbours read ahead, the oldest forgotten."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from napari_kdland import images
from napari_kdland.errors import ChangedImage
from napari_kdland.events import Advanced, Started
from napari_kdland.images.presets import FULL, presets_of
from napari_kdland.session.isolation import here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.events import Job
    from napari_kdland.images import Radiograph
    from napari_kdland.images.presets import Preset
    from napari_kdland.project.records import Record
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner

# A radiograph of 2048 x 2048 takes 16 MiB: room for about sixteen.
_BUDGET_BYTES = 256 * 2**20
FIRST_LANE, SECOND_LANE = "what is looked at", "what may be looked at next"


@dataclass(frozen=True, eq=False)
class Picture:
    """A radiograph as the window needs it.

    Parameters
    ----------
    values : (H, W) float32
        `Radiograph.pixels`: modality values, bone bright.
    presets
        How it may be shown: first as the file asks for. ``full range`` is always among them.
    turn
        A value of the file is `turn` minus that of `values`; `None` where the image was not turned over.
    unit
        Of the values, ``HU`` or empty.
    notes
        What the reader of the file did but how it is to be shown, in words.
    """

    values: NDArray[np.float32]
    presets: tuple[Preset, ...]
    turn: float | None = None
    unit: str = ""
    notes: tuple[str, ...] = ()
    _curved: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, radiograph: Radiograph) -> Picture:
        """Take what the window needs from a radiograph; what it is shown with first is worked out here."""
        made = presets_of(radiograph.pixels, radiograph.unit)
        presets = (*radiograph.presets, *made)
        shown = {"full range shown", *(preset.name for preset in presets)}
        notes = tuple(note for note in radiograph.applied if note not in shown)
        curved = {} if presets[0].curve is None else {presets[0].title: radiograph.shown}
        return cls(radiograph.pixels, presets, radiograph.turn, radiograph.unit, notes, curved)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.values.shape
        return height, width

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.values.nbytes + sum(curved.nbytes for curved in self._curved.values())

    def preset(self, name: str) -> Preset:
        """Give one of its presets by name, or its full range where it has none of that name."""
        named = {preset.name: preset for preset in self.presets}
        return named.get(name, named[FULL])

    def through(self, preset: Preset) -> NDArray[np.float32]:
        """Give what a preset shows between its limits: the values, or these after its curve; (H, W)."""
        if preset.curve is None:
            return self.values
        if preset.title not in self._curved:
            self._curved[preset.title] = preset.curve(self.values)
        return self._curved[preset.title]

    def value_at(self, row: int, column: int) -> float | None:
        """Give the value as the file has it, not turned over; `None` outside the image."""
        height, width = self.size
        if not (0 <= row < height and 0 <= column < width):
            return None
        value = float(self.values[row, column])
        return value if self.turn is None else self.turn - value


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
        job = where(partial(read_picture, record.path, record.frame, record.content_hash))
        handle = self._runner.start(f"Open {record.name}", job, lane=lane)
        self._reading[record.image_id] = handle
        handle.finished.connect(partial(self._keep, record.image_id))
        return handle

    def _keep(self, image_id: int, handle: JobHandle[Picture]) -> None:
        self._reading.pop(image_id, None)
        if handle.result is None:
            return
        self._kept[image_id] = handle.result
        while len(self._kept) > 2 and sum(each.nbytes for each in self._kept.values()) > self._budget:
            self._kept.popitem(last=False)


def read_picture(path: Path, frame: int | None, content_hash: str | None = None) -> Job[Picture]:
    """Read a radiograph, or one frame of a file, as the window needs it.

    Parameters
    ----------
    path, frame
        The file, and which frame of it.
    content_hash
        Of the pixels when the project took them in; `None` where nothing is known of them.

    Raises
    ------
    ImageError
        If the file is gone or cannot be read, or its pixels are no longer those that the project took in.
    """
    yield Started(f"Opening {path.name}", 1)
    radiograph = images.read(path, frame=frame)
    if content_hash is not None and radiograph.content_hash != content_hash:
        raise ChangedImage(
            f"{path} has changed since it was imported: its pixels are not the same, so that the landmarks of the "
            "project may not fit it. It is not shown. Put the original file back; or give this one another name and "
            "import it as an image of its own."
        )
    picture = Picture.of(radiograph)
    yield Advanced(1, path.name)
    return picture
