"""Which images were looked through, by whom and when; taking a review back is kept too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, and_, func, insert, select

from napari_kdland.errors import UsageError
from napari_kdland.project.database import now
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import images, reviews

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Row

    from napari_kdland.project.database import Database

_later = reviews.alias("later_reviews")
_stands = ~(
    select(_later.c.review_id)
    .where(_later.c.image_id == reviews.c.image_id, _later.c.reader == reviews.c.reader)
    .where(_later.c.review_id > reviews.c.review_id)
    .exists()
)


@dataclass(frozen=True)
class Review:
    """One line of the journal of reviews.

    Parameters
    ----------
    review_id
        Its number; later lines have higher ones.
    time
        ISO 8601 in UTC.
    image_id
        The image.
    reader
        Who looked through it.
    is_reviewed
        False where the reader took the review back.
    """

    review_id: int
    time: str
    image_id: int
    reader: str
    is_reviewed: bool


class Reviews:
    """The reviews of one project: an image is reviewed as long as one reader's word says so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, image_ids: Iterable[int], *, reader: str, is_reviewed: bool = True) -> list[Review]:
        """Say that a reader looked through images, or takes that back; on the disk when this returns.

        Returns
        -------
        list of Review
            The new lines; what the reader's word is already is not said again.

        Raises
        ------
        UsageError
            If there is no such image, or no reader.
        ProjectError
            If it cannot be saved; nothing is changed.
        """
        if not reader.strip():
            raise UsageError("A review needs a reader: give the name of who looked.")
        asked = list(dict.fromkeys(image_ids))
        with self._database.writing() as connection:
            refuse_unknown(connection, asked)
            said: dict[int, bool] = {}
            for chunk in chunks(asked):
                query = _standing(chunk).where(reviews.c.reader == reader)
                said.update((row.image_id, row.is_reviewed) for row in connection.execute(query))
            first = (connection.execute(select(func.max(reviews.c.review_id))).scalar() or 0) + 1
            new = [image_id for image_id in asked if said.get(image_id, False) != is_reviewed]
            time = now()
            lines = [Review(number, time, image_id, reader, is_reviewed) for number, image_id in enumerate(new, first)]
            if lines:
                connection.execute(insert(reviews), [vars(line) for line in lines])
        return lines

    def of_images(self, image_ids: Iterable[int]) -> dict[int, tuple[Review, ...]]:
        """Give the reviews that stand for each image, oldest first; images without one are missing."""
        found: dict[int, tuple[Review, ...]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(image_ids)):
                query = _standing(chunk).where(reviews.c.is_reviewed).order_by(reviews.c.review_id)
                for row in connection.execute(query):
                    found[row.image_id] = (*found.get(row.image_id, ()), _review(row))
        return found

    def reviewed_ids(self, *, reader: str | None = None) -> list[int]:
        """Give the images of the project that one reader, or anybody, has reviewed."""
        query = select(images.c.image_id).where(images.c.removed.is_(None), is_reviewed(reader))
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(images.c.image_id)).scalars())

    def history_of(self, image_id: int) -> list[Review]:
        """Give every line about an image, oldest first."""
        query = select(reviews).where(reviews.c.image_id == image_id).order_by(reviews.c.review_id)
        with self._database.reading() as connection:
            return [_review(row) for row in connection.execute(query)]


def is_reviewed(reader: str | None = None) -> ColumnElement[bool]:
    """Give the condition, in a query of `images`, that one reader, or anybody, has reviewed the image."""
    whose = _stands if reader is None else and_(_stands, reviews.c.reader == reader)
    found = select(reviews.c.review_id).where(reviews.c.image_id == images.c.image_id, reviews.c.is_reviewed, whose)
    return found.correlate(images).exists()


def _standing(image_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    return select(reviews).where(reviews.c.image_id.in_(image_ids), _stands)


def _review(row: Row[tuple[object, ...]]) -> Review:
    return Review(row.review_id, row.time, row.image_id, row.reader, row.is_reviewed)
