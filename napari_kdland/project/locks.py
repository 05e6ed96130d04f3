"""Landmarks that may not change until they are unlocked: each reader locks the own reading, and the label with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project.database import now
from napari_kdland.project.held_labels import hold, let_go
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.journal import agree_anew, chunks
from napari_kdland.project.tables import facts, images, locks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# The table has room for the first lock of a landmark. Those of further readings are facts of this name until it goes.
_FURTHER = "lock "


@dataclass(frozen=True)
class Lock:
    """Who locked a landmark of an image, and when (ISO 8601 in UTC)."""

    landmark: str
    reader: str
    time: str


class Locks:
    """The locks of one project; a locked landmark is refused by `Annotations`, whoever asks.

    Each reader may lock a landmark in the own reading. Any of these locks holds the label, which is what everybody
    changes who does not read blind; who does is held by the own ones only, and what such a reader says of a locked
    landmark does not become its label while it is locked.

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
        """Lock landmarks of an image in the reading of `reader`; one that is locked there already keeps that lock.

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
        time = now()
        with self._database.writing() as connection:
            refuse_unknown(connection, [image_id])
            first = _first_locks(connection, image_id)
            for name in dict.fromkeys(names):
                if name not in first:
                    values = {"image_id": image_id, "landmark": name, "reader": reader, "time": time}
                    connection.execute(insert(locks).values(values))
                    hold(connection, image_id, name)
                elif first[name].reader != reader:
                    values = {"key": _key(image_id, name, reader), "value": time}
                    connection.execute(insert(facts).prefix_with("OR IGNORE").values(values))

    def unlock(self, image_id: int, names: Collection[str], *, reader: str | None = None) -> None:
        """Unlock landmarks of an image: in the reading of `reader`, or take away the lock that `of_image` gives.

        The lock of another reading stays, and holds the label from then on. With the last lock the label is free: what
        was said meanwhile by who reads blind counts then as it always does.

        Raises
        ------
        ProjectError
            If it cannot be saved.
        """
        with self._database.writing() as connection:
            first = _first_locks(connection, image_id)
            for name in names:
                if name in first and reader in (None, first[name].reader):
                    _give_way(connection, image_id, name)
                elif reader is not None:
                    connection.execute(delete(facts).where(facts.c.key == _key(image_id, name, reader)))

    def of_image(self, image_id: int, *, reader: str | None = None) -> dict[str, Lock]:
        """Give the locks of an image, of one reader or of all, by landmark; of all, the first one of each landmark."""
        with self._database.reading() as connection:
            first = _first_locks(connection, image_id)
            if reader is None:
                return first
            own = {name: lock for name, lock in first.items() if lock.reader == reader}
            return own | {lock.landmark: lock for lock in _further(connection, image_id) if lock.reader == reader}


def refuse_locked(connection: Connection, places: Collection[tuple[int, str]], *, reader: str | None = None) -> None:
    """Refuse a change of landmarks (image, landmark) where one is locked, by anybody or by one reader.

    Raises
    ------
    AnnotationError
        If one is.
    """
    asked = set(places)
    query = select(images.c.name, locks).join(images, images.c.image_id == locks.c.image_id)
    for chunk in chunks(sorted({image_id for image_id, _ in asked})):
        for row in connection.execute(query.where(locks.c.image_id.in_(chunk))):
            if (row.image_id, row.landmark) not in asked:
                continue
            if reader in (None, row.reader) or _has_further(connection, row.image_id, row.landmark, reader):
                raise AnnotationError(
                    f"{row.landmark} of image {row.name} is locked by {reader or row.reader}. "
                    "Unlock it first, if it really has to change."
                )


def _first_locks(connection: Connection, image_id: int) -> dict[str, Lock]:
    query = select(locks.c.landmark, locks.c.reader, locks.c.time).where(locks.c.image_id == image_id)
    return {row.landmark: Lock(*row) for row in connection.execute(query)}


def _further(connection: Connection, image_id: int, landmark: str = "") -> list[Lock]:
    """Give the locks of further readings, the oldest first; names of landmarks have no blanks, those of readers may."""
    begin = f"{_FURTHER}{image_id} {landmark} " if landmark else f"{_FURTHER}{image_id} "
    query = select(facts).where(facts.c.key.startswith(begin, autoescape=True)).order_by(facts.c.value, facts.c.key)
    rows = [(row.key.split(" ", 3), row.value) for row in connection.execute(query)]
    return [Lock(name, reader, time) for (_, _, name, reader), time in rows]


def _has_further(connection: Connection, image_id: int, landmark: str, reader: str) -> bool:
    query = select(facts.c.key).where(facts.c.key == _key(image_id, landmark, reader))
    return connection.execute(query).first() is not None


def _give_way(connection: Connection, image_id: int, landmark: str) -> None:
    """Take the first lock of a landmark away; the oldest of further readings takes its place."""
    here = (locks.c.image_id == image_id, locks.c.landmark == landmark)
    following = _further(connection, image_id, landmark)
    if not following:
        connection.execute(delete(locks).where(*here))
        let_go(connection, image_id, landmark)
        agree_anew(connection, {(image_id, landmark)})
        return
    lock = following[0]
    connection.execute(update(locks).where(*here).values(reader=lock.reader, time=lock.time))
    connection.execute(delete(facts).where(facts.c.key == _key(image_id, landmark, lock.reader)))


def _key(image_id: int, landmark: str, reader: str) -> str:
    return f"{_FURTHER}{image_id} {landmark} {reader}"
