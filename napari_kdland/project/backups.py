"""Copies of the project database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from napari_kdland.errors import ProjectError

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.project.database import Database
    from napari_kdland.project.layout import Layout


def back_up(database: Database, layout: Layout, *, note: str = "", path: Path | None = None) -> Path:
    """Copy the database, also while others write to it.

    Parameters
    ----------
    database, layout
        The open project.
    note
        A word for the copy's name.
    path
        Where to; the project's ``backups`` folder, named by the time, where not given.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    ProjectError
        If it cannot be written, or there is a file of that name.
    """
    try:
        if path is None:
            path = _free_path(layout.backups_folder, note)
        elif path.exists():
            raise ProjectError(f"{path} exists already. Choose another name for the copy.")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"Cannot write {path}: {error.strerror}. Choose another folder.") from error
    database.copy_to(path)
    return path


def _free_path(folder: Path, note: str) -> Path:
    base = "-".join(["project", datetime.now(UTC).strftime("%Y%m%d-%H%M%S"), *([note] if note else [])])
    path, number = folder / f"{base}.db", 1
    while path.exists():
        number += 1
        path = folder / f"{base}-{number}.db"
    return path
