"""The folder cache of network inputs: one memory-mapped array, found by content hash."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Placement
from napari_kdland.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Raised when the way from file to network input changes, so that no stale image is read.
_VERSION = 1


class ImagePool:
    """Network inputs of one size in a folder that may be deleted at any time.

    Pixels lie one after the other in one file; a small SQLite table says which slot holds which image, so that several
    windows and processes may add at once.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self._pixels_path = folder / f"inputs-v{_VERSION}-{size}.uint16"
        self._index_path = folder / f"inputs-v{_VERSION}-{size}.db"

    @classmethod
    def open(cls, folder: Path, size: int) -> ImagePool:
        """Open the cache for inputs of `size` x `size` pixels, made anew where it is absent or damaged.

        Raises
        ------
        ProjectError
            If the folder cannot be written.
        """
        pool = cls(folder, size)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            pool._prepare()
        except (OSError, sqlite3.OperationalError) as error:
            raise ProjectError(
                f"The image cache {folder} cannot be written: {error}. Make the project folder writable or free space."
            ) from error
        return pool

    def __len__(self) -> int:
        with closing(self._connect()) as connection:
            count: int = connection.execute("SELECT count(*) FROM inputs").fetchone()[0]
        return count

    @property
    def images(self) -> NDArray[np.uint16]:
        """All inputs, read-only and memory-mapped; shape (N, size, size)."""
        shape = (len(self), self.size, self.size)
        if not shape[0]:
            return np.empty(shape, dtype=np.uint16)
        return np.memmap(self._pixels_path, dtype=np.uint16, mode="r", shape=shape)

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Give those of `hashes` that are not cached, in order."""
        slots = self._slots()
        return [content_hash for content_hash in hashes if content_hash not in slots]

    def add(self, content_hash: str, image: NDArray[np.uint16], placement: Placement) -> None:
        """Store one input; does nothing where it is stored already.

        Raises
        ------
        ValueError
            If `image` is not (size, size) of uint16.
        ProjectError
            If it cannot be written; the cache stays as it was.
        """
        if image.shape != (self.size, self.size) or image.dtype != np.uint16:
            raise ValueError(f"expected ({self.size}, {self.size}) uint16, found {image.shape} {image.dtype}")
        try:
            self._insert(content_hash, image, placement)
        except (OSError, sqlite3.OperationalError) as error:
            raise ProjectError(
                f"The image cache {self.folder} cannot be written: {error}. Free disk space and try again."
            ) from error

    def indices(self, hashes: Sequence[str]) -> NDArray[np.int64]:
        """Give the place of each image in `images`; shape (len(hashes),).

        Raises
        ------
        KeyError
            If one is not cached.
        """
        slots = self._slots()
        return np.array([slots[content_hash] for content_hash in hashes], dtype=np.int64)

    def placement(self, content_hash: str) -> Placement:
        """Give where an image lies in its input.

        Raises
        ------
        KeyError
            If it is not cached.
        """
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT placement FROM inputs WHERE hash = ?", (content_hash,)).fetchone()
        if row is None:
            raise KeyError(content_hash)
        values = json.loads(row[0])
        pairs = {key: tuple(values[key]) for key in ("image_size", "input_size", "offset")}
        return Placement(**{**values, **pairs})

    def _insert(self, content_hash: str, image: NDArray[np.uint16], placement: Placement) -> None:
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT 1 FROM inputs WHERE hash = ?", (content_hash,)).fetchone():
                return
            slot = connection.execute("SELECT count(*) FROM inputs").fetchone()[0]
            with self._pixels_path.open("r+b") as file:
                file.seek(slot * image.nbytes)
                file.write(np.ascontiguousarray(image).tobytes())
            row = (content_hash, slot, json.dumps(asdict(placement)))
            connection.execute("INSERT INTO inputs VALUES (?, ?, ?)", row)

    def _slots(self) -> dict[str, int]:
        with closing(self._connect()) as connection:
            return dict(connection.execute("SELECT hash, slot FROM inputs").fetchall())

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._index_path, timeout=30, isolation_level=None)
        # A cache: what a power cut takes is found by the size check on opening and made again.
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _prepare(self) -> None:
        try:
            self._create_table()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._index_path.unlink()
            self._create_table()
        self._pixels_path.touch()
        if self._pixels_path.stat().st_size < len(self) * self.size * self.size * 2:
            with closing(self._connect()) as connection:
                connection.execute("DELETE FROM inputs")

    def _create_table(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS inputs (hash TEXT PRIMARY KEY, slot INTEGER UNIQUE NOT NULL, "
                "placement TEXT NOT NULL)"
            )
