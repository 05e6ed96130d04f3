"""Landmarks that nobody may change until they are unlocked, and who locked them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project.database import now
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import images, locks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database


@dataclass(frozen=True)
class Lock:
    """Who locked a landmark of an image, and when (ISO 8601 in UTC)."""

    landmark: str
    reader: str
    time: str


class Locks:
    """The locks of one project; a locked landmark is refused by `Annotations`, whoever asks.

    Parameters
    ----------
    database
        The open project database.
    landmarks
        Names of the scheme's landmarks.
    """

    def __init__(self, database: Database, landmarks: Sequence[str]) -> None:
        self._database = database
        self._landmarks = tuple(landmarks)

    def lock(self, image_id: int, names: Collection[str], *, reader: str) -> None:
        """Lock landmarks of an image; one that is locked already keeps its first lock.

        Raises
        ------
        UsageError
            If there is no such image or landmark, or no reader.
        ProjectError
            If it cannot be saved.
        """
        unknown = sorted(set(names) - set(self._landmarks))
        if unknown:
            raise UsageError(f"The scheme has no landmark {', '.join(unknown)}, so it cannot be locked.")
        if not reader.strip():
            raise UsageError("A lock needs a reader: give the name of who locks.")
        rows = [{"image_id": image_id, "landmark": name, "reader": reader, "time": now()} for name in names]
        with self._database.writing() as connection:
            refuse_unknown(connection, [image_id])
            if rows:
                connection.execute(insert(locks).prefix_with("OR IGNORE"), rows)

    def unlock(self, image_id: int, names: Collection[str]) -> None:
        """Unlock landmarks of an image, whoever locked them.

        Raises
        ------
        ProjectError
            If it cannot be saved.
        """
        with self._database.writing() as connection:
            connection.execute(delete(locks).where(locks.c.image_id == image_id, locks.c.landmark.in_(list(names))))

    def of_image(self, image_id: int, *, reader: str | None = None) -> dict[str, Lock]:
        """Give the locks of an image, of one reader or of all, by landmark."""
        query = select(locks.c.landmark, locks.c.reader, locks.c.time).where(locks.c.image_id == image_id)
        query = query if reader is None else query.where(locks.c.reader == reader)
        with self._database.reading() as connection:
            return {row.landmark: Lock(*row) for row in connection.execute(query)}


def refuse_locked(connection: Connection, places: Collection[tuple[int, str]], *, reader: str | None = None) -> None:
    """Refuse a change of landmarks (image, landmark) where one is locked, by anybody or by one reader.

    Raises
    ------
    AnnotationError
        If one is.
    """
    asked = set(places)
    query = select(images.c.name, locks).join(images, images.c.image_id == locks.c.image_id)
    query = query if reader is None else query.where(locks.c.reader == reader)
    for chunk in chunks(sorted({image_id for image_id, _ in asked})):
        for row in connection.execute(query.where(locks.c.image_id.in_(chunk))):
            if (row.image_id, row.landmark) in asked:
                raise AnnotationError(
                    f"{row.landmark} of image {row.name} is locked by {row.reader}. "
                    "Unlock it first, if it really has to change."
                )
