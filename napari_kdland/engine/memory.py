"""What a teacher said of unchanged images, asked once and kept beside the run while it trains."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_kdland.engine.distillation.base import TeacherOutput
from napari_kdland.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

# Maps are kept in half precision: of a logarithm down to -70 it keeps three figures.
_HALVED = ("log_probabilities", "regions", "variance")
_KEPT = (*_HALVED, "points", "between")


class TeacherMemory:
    """Outputs by image, in files without a name that vanish with the process.

    Within its ``with`` outputs are added, afterwards they are read. A file rather than main memory, since ten maps of
    10,000 images take 3 GB; the system keeps in memory what it can.

    Parameters
    ----------
    folder
        Where the files lie; the run's own.
    rows
        The images that will be asked for.
    """

    def __init__(self, folder: Path, rows: NDArray[np.int64]) -> None:
        self._folder = folder
        self._place_of = {row: place for place, row in enumerate(rows.tolist())}
        self._files: dict[str, Any] = {}
        self._arrays: dict[str, NDArray[Any]] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._sigma = 0.0

    def add(self, output: TeacherOutput) -> None:
        """Keep what was said of the next images, in the order of the rows.

        Raises
        ------
        TrainingError
            If the disk is full; that may show at the end of the ``with`` only.
        """
        self._sigma = output.sigma
        for name in _present(output):
            values = getattr(output, name).cpu().numpy()
            stored = values.astype(np.float16 if name in _HALVED else np.float32)
            with self._room():
                file = self._files[name] if name in self._files else self._opened(name, stored)
                file.write(stored.tobytes())

    def __enter__(self) -> TeacherMemory:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with ExitStack() as closing:
            for file in self._files.values():
                closing.callback(_close, file)
            if kind is None:
                self._map()

    def _map(self) -> None:
        for name, file in self._files.items():
            with self._room():
                file.flush()
            shape = (len(self._place_of), *self._shapes[name])
            kind = np.float16 if name in _HALVED else np.float32
            # A map lives on without its file.
            self._arrays[name] = (
                np.memmap(file, dtype=kind, mode="r", shape=shape) if np.prod(shape) else np.empty(shape, kind)
            )

    def read(self, rows: Iterable[int], device: torch.device) -> TeacherOutput:
        """Give what the teacher said of images, on a device, in single precision."""
        places = [self._place_of[row] for row in rows]
        values: dict[str, Any] = {
            name: torch.from_numpy(np.asarray(array[places])).to(device).float() for name, array in self._arrays.items()
        }
        return TeacherOutput(sigma=self._sigma, **values)

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TrainingError(
                f"What the teacher says cannot be kept in {self._folder}: {error}. Free space, or set views.kind to "
                '"same", which keeps nothing.'
            ) from error

    def _opened(self, name: str, stored: NDArray[Any]) -> Any:
        file = tempfile.TemporaryFile(dir=self._folder, prefix=".teacher-")  # noqa: SIM115, closed when the memory is full
        self._files[name], self._shapes[name] = file, stored.shape[1:]
        return file


def _present(output: TeacherOutput) -> list[str]:
    return [item.name for item in fields(output) if item.name in _KEPT and getattr(output, item.name) is not None]


def _close(file: Any) -> None:
    # Closing writes what is left in the buffer; that the disk is full was said before.
    with suppress(OSError):
        file.close()
