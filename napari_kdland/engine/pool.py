"""The folder cache of network inputs: one memory-mapped array of planes (images, channels, masks), found by key."""

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
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Raised when the way from file to network input changes, so that no stale image is read.
_VERSION = 2


def channel_key(content_hash: str, channel: str) -> str:
    """Give the key of a further channel of an image; that of the image itself is its content hash."""
    return f"{content_hash}#{channel}"


def mask_key(content_hash: str, sha256: str) -> str:
    """Give the key of an image's region masks, bit flags, for the mask file with this SHA-256."""
    return f"{content_hash}#regions:{sha256[:12]}"


class ImagePool:
    """Network inputs of one size in a folder that may be deleted at any time.

    A plane is an image, under its content hash, a further channel of one (`channel_key`), or its region masks as bit
    flags (`mask_key`). What a content hash names never changes; other planes say what file they were made from, so
    that one of another file takes their place.

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
            return _n_slots(connection)

    @property
    def images(self) -> NDArray[np.uint16]:
        """All planes, read-only and memory-mapped; shape (N, size, size)."""
        shape = (len(self), self.size, self.size)
        if not shape[0]:
            return np.empty(shape, dtype=np.uint16)
        return np.memmap(self._pixels_path, dtype=np.uint16, mode="r", shape=shape)

    def missing(self, keys: Iterable[str], sources: Mapping[str, str] | None = None) -> list[str]:
        """Give those of `keys` that are not cached, in order; also those cached from another than their source."""
        with closing(self._connect()) as connection:
            cached = dict(connection.execute("SELECT hash, source FROM inputs").fetchall())
        wanted = sources or {}
        return [key for key in keys if key not in cached or wanted.get(key, cached[key]) != cached[key]]

    def add(self, key: str, image: NDArray[np.uint16], placement: Placement, source: str = "") -> None:
        """Store one plane; does nothing where it is stored already, from the same source.

        Parameters
        ----------
        key
            By which it is found.
        image : (size, size)
            What the network gets.
        placement
            Where the image lies in it.
        source
            What it was made from, where the key does not say it: it takes the place of one from another source.

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
            self._insert(key, image, placement, source)
        except (OSError, sqlite3.OperationalError) as error:
            raise ProjectError(
                f"The image cache {self.folder} cannot be written: {error}. Free disk space and try again."
            ) from error

    def indices(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Give the place of each plane in `images`; shape (len(keys),).

        Raises
        ------
        KeyError
            If one is not cached.
        """
        slots = self._slots()
        return np.array([slots[key] for key in keys], dtype=np.int64)

    def placement(self, key: str) -> Placement:
        """Give where an image lies in its input.

        Raises
        ------
        KeyError
            If it is not cached.
        """
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT placement FROM inputs WHERE hash = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        values = json.loads(row[0])
        pairs = {key: tuple(values[key]) for key in ("image_size", "input_size", "offset")}
        return Placement(**{**values, **pairs})

    def _insert(self, key: str, image: NDArray[np.uint16], placement: Placement, source: str) -> None:
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            query = "SELECT 1 FROM inputs WHERE hash = ? AND source = ?"
            if connection.execute(query, (key, source)).fetchone():
                return
            # Never the slot of the plane that is replaced: a training may be reading it.
            slot = _n_slots(connection)
            with self._pixels_path.open("r+b") as file:
                file.seek(slot * image.nbytes)
                file.write(np.ascontiguousarray(image).tobytes())
            row = (key, slot, json.dumps(asdict(placement)), source)
            connection.execute("INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?)", row)

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
                "placement TEXT NOT NULL, source TEXT NOT NULL)"
            )


def _n_slots(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT coalesce(max(slot) + 1, 0) FROM inputs").fetchone()[0]
    return count
