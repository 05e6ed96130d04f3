"""What a lock holds: the word that was the label when the landmark was locked first stays it, whoever reads blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from napari_kdland.project.tables import consensus, facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

# A fact of this name a locked landmark: the edit that is the label, or nothing where none was.
_LABEL = "label "

Place = tuple[int, str]


def hold(connection: Connection, image_id: int, landmark: str) -> None:
    """Keep what is the label of a landmark now until `let_go`."""
    here = (consensus.c.image_id == image_id, consensus.c.landmark == landmark)
    edit_id = connection.execute(select(consensus.c.edit_id).where(*here)).scalar()
    values = {"key": _key((image_id, landmark)), "value": "" if edit_id is None else str(edit_id)}
    connection.execute(insert(facts).prefix_with("OR REPLACE").values(values))


def let_go(connection: Connection, image_id: int, landmark: str) -> None:
    """Let the label of a landmark be what the readers agree on again."""
    connection.execute(delete(facts).where(facts.c.key == _key((image_id, landmark))))


def held(connection: Connection, places: Iterable[Place]) -> dict[Place, int | None]:
    """Give the edits, `None` for no word at all, that are held as labels of these places (image, landmark)."""
    keys = {_key(place): place for place in places}
    rows = connection.execute(select(facts).where(facts.c.key.in_(list(keys))))
    return {keys[row.key]: _edit_id(row.value) for row in rows}


def all_held(connection: Connection) -> dict[Place, int | None]:
    """Give what `held` gives of all places where a label is held."""
    rows = connection.execute(select(facts).where(facts.c.key.startswith(_LABEL)))
    return {(int((words := row.key.split(" ", 2))[1]), words[2]): _edit_id(row.value) for row in rows}


def _key(place: Place) -> str:
    return f"{_LABEL}{place[0]} {place[1]}"


def _edit_id(value: str) -> int | None:
    return int(value) if value else None
