"""The names in a project that may tell who was imaged: of images, of their files, and of the folders in those names."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from sqlalchemy import select

from napari_kdland.project.tables import channels, images

if TYPE_CHECKING:
    from napari_kdland.project.database import Database

# A bare "1" tells nothing, and a report without any 1 tells nothing either.
_SHORTEST = 3


def telling_names(database: Database) -> frozenset[str]:
    """Give the names of all images that the project has or had, and of their files, with ending and without.

    Patients need no look: a project stores no name, number or date of them, see `patients`.

    Raises
    ------
    ProjectError
        If the database cannot be read.
    """
    with database.reading() as connection:
        rows = connection.execute(select(images.c.name, images.c.relative_path, images.c.absolute_path)).all()
        further = connection.execute(select(channels.c.relative_path, channels.c.absolute_path)).all()
    found: set[str] = set()
    for row in rows:
        found |= {row.name, *_stems(row.name)}
        # A name that holds folders tells by each of them: one folder a patient is common.
        found |= {part for part in row.name.split("/") if len(part) >= _SHORTEST}
    for row in (*rows, *further):
        found |= _of_file(row.relative_path) | _of_file(row.absolute_path)
    return frozenset(found)


def _of_file(path: str | None) -> set[str]:
    """Give a path, its folders that are more than one step, and the file's name."""
    if not path:
        return set()
    # Either slash: the project may have been made on another system.
    name = PurePath(path.replace("\\", "/")).name
    return {path, str(PurePath(path).parent), name, *_stems(name)} - {".", "..", "/"}


def _stems(name: str) -> set[str]:
    stems = {name.split(".", 1)[0], PurePath(name).stem, PurePath(name.split("#", 1)[0]).stem}
    return {stem for stem in stems if len(stem) >= _SHORTEST}
