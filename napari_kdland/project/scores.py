"""How much each image needs a look: scores of images and landmarks, kept by kind and by the runs that they are of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, literal, select

from napari_kdland.project import reasons
from napari_kdland.project.database import now
from napari_kdland.project.image_queries import refuse_unknown
from napari_kdland.project.runs import run_id_of
from napari_kdland.project.tables import (
    edits,
    image_scores,
    images,
    landmark_scores,
    ranking_runs,
    rankings,
    runs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Select

    from napari_kdland.project.database import Database


@dataclass(frozen=True)
class ImageScore:
    """The score of one image, and of each of its landmarks that has one; higher needs a look sooner.

    Parameters
    ----------
    value, landmarks
        Of the image, and by the names of its landmarks.
    reasons
        Why, in sentences by the landmark's name, empty for the whole image; the weightiest first.
    """

    value: float
    landmarks: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranking:
    """Scores of one kind, of one or several runs.

    Parameters
    ----------
    ranking_id
        Its number, which is never given again.
    kind
        Such as ``disagreement``; the kinds are a menu of `evaluation`.
    runs
        Names of the runs as they are called now, in the order in which they were given.
    time
        When it was made: ISO 8601 in UTC.
    last_edit
        The newest edit of the journal then.
    """

    ranking_id: int
    kind: str
    runs: tuple[str, ...]
    time: str
    last_edit: int


class Scored(NamedTuple):
    """One line of a queue: an image, one of its landmarks (empty for the whole image), the score, and why.

    The reasons of an image are those of all its landmarks, a line each, the weightiest first; empty where the score
    says all there is to say.
    """

    image_id: int
    name: str
    split: str
    landmark: str
    value: float
    reason: str = ""


class Scores:
    """The scores of one project's images."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, kind: str, run_names: Sequence[str], scores: Mapping[int, ImageScore]) -> Ranking:
        """Keep the scores of images by number, in place of those of the same kind and runs; NaN is left out.

        Raises
        ------
        RunError
            If there is no such run; nothing is changed.
        UsageError
            If there is no such image; nothing is changed.
        ProjectError
            If they cannot be saved; nothing is changed.
        """
        with self._database.writing() as connection:
            refuse_unknown(connection, scores)
            run_ids = [run_id_of(connection, name) for name in run_names]
            for old in _rankings(connection):
                if (old.kind, old.runs) == (kind, tuple(run_names)):
                    connection.execute(delete(rankings).where(rankings.c.ranking_id == old.ranking_id))
            last_edit = connection.execute(select(func.max(edits.c.edit_id))).scalar() or 0
            new = insert(rankings).values(kind=kind, time=now(), last_edit=last_edit).returning(rankings)
            row = connection.execute(new).one()
            rows = [
                {"ranking_id": row.ranking_id, "place": place, "run_id": run_id} for place, run_id in enumerate(run_ids)
            ]
            if rows:
                connection.execute(insert(ranking_runs), rows)
            _write(connection, row.ranking_id, scores)
            reasons.keep(connection, row.ranking_id, {image_id: score.reasons for image_id, score in scores.items()})
        return Ranking(row.ranking_id, kind, tuple(run_names), row.time, row.last_edit)

    def all(self) -> list[Ranking]:
        """Give every ranking, oldest first."""
        with self._database.reading() as connection:
            return _rankings(connection)

    def find(self, kind: str, run_names: Sequence[str]) -> Ranking | None:
        """Give the ranking of a kind and of these runs in this order; `None` where none was made."""
        wanted = (kind, tuple(run_names))
        return next((ranking for ranking in self.all() if (ranking.kind, ranking.runs) == wanted), None)

    def newest(self, kind: str) -> Ranking | None:
        """Give the ranking of a kind that was made last, of whatever runs; `None` where none was made."""
        return next((ranking for ranking in reversed(self.all()) if ranking.kind == kind), None)

    def page(self, ranking_id: int, offset: int = 0, limit: int = 100) -> list[Scored]:
        """Give `limit` images from `offset` on, the highest score first; all from there with a limit of -1."""
        columns = (images.c.name, images.c.split, literal("").label("landmark"), image_scores.c.value)
        query = select(image_scores.c.image_id, *columns).join(images).where(image_scores.c.ranking_id == ranking_id)
        query = query.order_by(image_scores.c.value.desc(), image_scores.c.image_id)
        return self._listed(ranking_id, query, offset, limit)

    def landmark_page(self, ranking_id: int, offset: int = 0, limit: int = 100) -> list[Scored]:
        """Give `limit` landmarks of images from `offset` on, the highest score first; all with a limit of -1."""
        table = landmark_scores.c
        columns = (images.c.name, images.c.split, table.landmark, table.value)
        query = select(table.image_id, *columns).join(images).where(table.ranking_id == ranking_id)
        query = query.order_by(table.value.desc(), table.image_id, table.landmark)
        return self._listed(ranking_id, query, offset, limit)

    def of_image(self, ranking_id: int, image_id: int) -> ImageScore | None:
        """Give the score of one image with those of its landmarks; `None` where it has none."""
        with self._database.reading() as connection:
            value = connection.execute(
                select(image_scores.c.value).where(
                    image_scores.c.ranking_id == ranking_id, image_scores.c.image_id == image_id
                )
            ).scalar_one_or_none()
            query = select(landmark_scores.c.landmark, landmark_scores.c.value).where(
                landmark_scores.c.ranking_id == ranking_id, landmark_scores.c.image_id == image_id
            )
            parts = {row.landmark: row.value for row in connection.execute(query)}
            why = {} if value is None else reasons.read(connection, ranking_id).get(image_id, {})
        return None if value is None else ImageScore(value, parts, why)

    def _listed(self, ranking_id: int, query: Select[tuple[object, ...]], offset: int, limit: int) -> list[Scored]:
        with self._database.reading() as connection:
            there = query.where(images.c.removed.is_(None)).offset(offset).limit(limit)
            rows = connection.execute(there).all()
            why = reasons.read(connection, ranking_id)
        return [
            Scored(row.image_id, row.name, row.split, row.landmark, row.value, _told(why, row.image_id, row.landmark))
            for row in rows
        ]

    def forget(self, ranking_id: int) -> None:
        """Forget a ranking; does nothing where there is none."""
        with self._database.writing() as connection:
            connection.execute(delete(rankings).where(rankings.c.ranking_id == ranking_id))


def score_of(ranking_id: int) -> ColumnElement[float]:
    """Give the score of the image, in a query of `images`; null where it has none."""
    query = select(image_scores.c.value).where(
        image_scores.c.ranking_id == ranking_id, image_scores.c.image_id == images.c.image_id
    )
    return query.correlate(images).scalar_subquery()


def forget_those_of(connection: Connection, run_id: int) -> None:
    """Forget the rankings that a run has a part in, since its network has changed."""
    connection.execute(delete(ranking_runs).where(ranking_runs.c.run_id == run_id))


def _rankings(connection: Connection) -> list[Ranking]:
    names: dict[int, list[str]] = {}
    query = select(ranking_runs.c.ranking_id, runs.c.name).join(runs, runs.c.run_id == ranking_runs.c.run_id)
    for row in connection.execute(query.order_by(ranking_runs.c.ranking_id, ranking_runs.c.place)):
        names.setdefault(row.ranking_id, []).append(row.name)
    rows = connection.execute(select(rankings).order_by(rankings.c.ranking_id)).all()
    return [
        Ranking(row.ranking_id, row.kind, tuple(names.get(row.ranking_id, ())), row.time, row.last_edit) for row in rows
    ]


def _told(why: Mapping[int, Mapping[str, str]], image_id: int, landmark: str) -> str:
    parts = why.get(image_id, {})
    return parts.get(landmark, "") if landmark else "\n".join(dict.fromkeys(parts.values()))


def _write(connection: Connection, ranking_id: int, scores: Mapping[int, ImageScore]) -> None:
    whole = [
        {"ranking_id": ranking_id, "image_id": image_id, "value": score.value}
        for image_id, score in scores.items()
        if not math.isnan(score.value)
    ]
    parts = [
        {"ranking_id": ranking_id, "image_id": image_id, "landmark": landmark, "value": value}
        for image_id, score in scores.items()
        for landmark, value in score.landmarks.items()
        if not math.isnan(value)
    ]
    if whole:
        connection.execute(insert(image_scores), whole)
    if parts:
        connection.execute(insert(landmark_scores), parts)
