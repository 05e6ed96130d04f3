"""Which images somebody should look at, and why; clearing a flag is kept too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Row, and_, func, insert, select

from napari_kdland.errors import UsageError
from napari_kdland.project.database import now
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import flags, images

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

_newest = flags.alias("newest_flags")
_stands = flags.c.flag_id == (
    select(func.max(_newest.c.flag_id)).where(_newest.c.image_id == flags.c.image_id).correlate(flags).scalar_subquery()
)


@dataclass(frozen=True)
class Flag:
    """One line of the journal of flags.

    Parameters
    ----------
    flag_id
        Its number; later lines have higher ones.
    time
        ISO 8601 in UTC.
    image_id
        The image.
    reader
        Who says so.
    is_flagged
        False where the flag was cleared.
    note
        Why.
    """

    flag_id: int
    time: str
    image_id: int
    reader: str
    is_flagged: bool
    note: str


class Flags:
    """The flags of one project: of each image the newest line counts, whoever wrote it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, image_id: int, note: str, *, reader: str) -> Flag:
        """Flag an image with a note, in place of a note that it has; on the disk when this returns.

        Raises
        ------
        UsageError
            If there is no such image, or no reader.
        ProjectError
            If it cannot be saved.
        """
        return self._write(image_id, reader, note.strip(), is_flagged=True)

    def clear(self, image_id: int, *, reader: str, note: str = "") -> Flag:
        """Take the flag from an image; what it said before is kept, and `note` may say why it went.

        Raises
        ------
        UsageError
            If there is no such image, or no reader.
        ProjectError
            If it cannot be saved.
        """
        return self._write(image_id, reader, note.strip(), is_flagged=False)

    def of_images(self, image_ids: Iterable[int]) -> dict[int, Flag]:
        """Give the flag of each image; images without one are missing."""
        found: dict[int, Flag] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(image_ids)):
                found.update(_standing(connection, chunk))
        return {image_id: flag for image_id, flag in found.items() if flag.is_flagged}

    def flagged_ids(self) -> list[int]:
        """Give the images of the project that are flagged."""
        query = select(images.c.image_id).where(images.c.removed.is_(None), is_flagged())
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(images.c.image_id)).scalars())

    def history_of(self, image_id: int) -> list[Flag]:
        """Give every line about an image, oldest first."""
        query = select(flags).where(flags.c.image_id == image_id).order_by(flags.c.flag_id)
        with self._database.reading() as connection:
            return [_flag(row) for row in connection.execute(query)]

    def _write(self, image_id: int, reader: str, note: str, *, is_flagged: bool) -> Flag:
        if not reader.strip():
            raise UsageError("A flag needs a reader: give the name of who sets or clears it.")
        with self._database.writing() as connection:
            refuse_unknown(connection, [image_id])
            before = _standing(connection, [image_id]).get(image_id)
            old = (before.is_flagged, before.note) if before is not None else (False, "")
            if before is not None and (old == (is_flagged, note) or not (is_flagged or before.is_flagged)):
                return before
            number = (connection.execute(select(func.max(flags.c.flag_id))).scalar() or 0) + 1
            flag = Flag(number, now(), image_id, reader, is_flagged, note)
            connection.execute(insert(flags), vars(flag))
        return flag


def is_flagged(reader: str | None = None) -> ColumnElement[bool]:
    """Give the condition, in a query of `images`, that the image is flagged, by one reader or by anybody."""
    whose = _stands if reader is None else and_(_stands, flags.c.reader == reader)
    found = select(flags.c.flag_id).where(flags.c.image_id == images.c.image_id, flags.c.is_flagged, whose)
    return found.correlate(images).exists()


def _standing(connection: Connection, image_ids: Sequence[int]) -> dict[int, Flag]:
    query = select(flags).where(flags.c.image_id.in_(image_ids), _stands)
    return {row.image_id: _flag(row) for row in connection.execute(query)}


def _flag(row: Row[tuple[object, ...]]) -> Flag:
    return Flag(row.flag_id, row.time, row.image_id, row.reader, row.is_flagged, row.note)
