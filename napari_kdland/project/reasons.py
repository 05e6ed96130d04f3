"""Why an image or a landmark is ranked where it is, in words: one fact of the project for each ranking with some."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from napari_kdland.project.tables import facts, rankings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_KEY = "reasons_of_ranking:"


def keep(connection: Connection, ranking_id: int, reasons: Mapping[int, Mapping[str, str]]) -> None:
    """Keep the reasons of a ranking, and let go of those of rankings that are no more.

    Parameters
    ----------
    reasons
        Sentences by the image's number and the landmark's name, empty for the whole image; the weightiest first.
    """
    there = {f"{_KEY}{number}" for number in connection.execute(select(rankings.c.ranking_id)).scalars()}
    kept = connection.execute(select(facts.c.key).where(facts.c.key.startswith(_KEY, autoescape=True))).scalars().all()
    connection.execute(delete(facts).where(facts.c.key.in_(set(kept) - there)))
    told = {image_id: dict(parts) for image_id, parts in reasons.items() if parts}
    if told:
        value = json.dumps(told, ensure_ascii=False)
        connection.execute(insert(facts).values(key=f"{_KEY}{ranking_id}", value=value))


def read(connection: Connection, ranking_id: int) -> dict[int, dict[str, str]]:
    """Give the reasons of a ranking as they were kept; empty where it has none."""
    value = connection.execute(select(facts.c.value).where(facts.c.key == f"{_KEY}{ranking_id}")).scalar()
    return {} if value is None else {int(image_id): parts for image_id, parts in json.loads(value).items()}
