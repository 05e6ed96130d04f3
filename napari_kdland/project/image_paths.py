"""The way to an image's file, and the name that people see."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from napari_kdland.project.tables import images

if TYPE_CHECKING:
    from sqlalchemy import Connection


def paths_of(path: Path, folder: Path) -> dict[str, str | None]:
    """Give both ways to a file, as the database keeps them: from the project folder, and absolute."""
    try:
        relative = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # Windows: on another drive
        relative = None
    return {"relative_path": relative, "absolute_path": str(path)}


def located(relative: str | None, absolute: str, folder: Path) -> Path:
    """Give where a file is expected, from what `paths_of` gave and where the project folder is now."""
    if relative is None:
        return Path(absolute)
    here = os.path.normpath(os.path.join(folder, relative))  # noqa: PTH118 - pathlib cannot fold ".." without the disk
    return Path(here) if here == absolute or os.path.exists(here) else Path(absolute)  # noqa: PTH110


def sort_name(name: str) -> str:
    """Give the text by which a name is sorted: numbers by value, large and small letters alike."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(12), name.casefold())


def free_name(connection: Connection, path: Path, frame: int | None = None) -> str:
    """Give the shortest name for a file that no image has: with as many of its folders as it takes, or a number.

    Images that are one frame of a file are told apart by ``#`` and the frame.
    """
    mark = "" if frame is None else f"#{frame}"
    parts = path.parts[1:]
    names = ["/".join(parts[-count:]) + mark for count in range(1, len(parts) + 1)]
    taken = set(connection.execute(select(images.c.name).where(images.c.name.in_(names))).scalars())
    for name in names:
        if name not in taken:
            return name
    number = 2
    while connection.execute(select(images.c.name).where(images.c.name == f"{names[0]} ({number})")).first():
        number += 1
    return f"{names[0]} ({number})"
