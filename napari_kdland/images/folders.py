"""Which files of the named files and folders are worth reading."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.images.formats import is_candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def find_images(paths: Iterable[Path | str]) -> list[Path]:
    """List the files that may be radiographs, each once, folders in alphabetical order.

    Parameters
    ----------
    paths
        Files and folders. Folders are walked to the bottom; hidden files and folders, DICOMDIR and whatever
        `is_candidate` turns down are left out. A file named here stays in whatever it is, so that reading it tells
        what is wrong with it. Links to folders inside a folder are not followed.

    Raises
    ------
    UsageError
        If a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise UsageError(f"There is no file or folder {path}.")
        found.update(dict.fromkeys(_candidates_below(path) if path.is_dir() else [path]))
    return list(found)


def _candidates_below(folder: Path) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(current, name)
            if not name.startswith(".") and is_candidate(path):
                yield path
