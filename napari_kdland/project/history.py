"""Undo and redo: which edits a reader's next step back or forth takes back or repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from napari_kdland.anatomy.landmarks import LandmarkState
from napari_kdland.project.journal import Change, Key
from napari_kdland.project.tables import edits

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

Plan = Callable[[Connection, str], list[Change]]

_later = edits.alias("later")
# What was last done with an edit: undo, redo, or nothing.
_last_word = (
    select(_later.c.kind)
    .where(_later.c.target == edits.c.edit_id)
    .order_by(_later.c.edit_id.desc())
    .limit(1)
    .correlate(edits)
    .scalar_subquery()
)


def last_that_holds(connection: Connection, reader: str) -> RowMapping | None:
    """Give the last edit of the reader's last step that still holds."""
    query = (
        select(edits)
        .where(edits.c.reader == reader, edits.c.kind == "edit", func.coalesce(_last_word, "edit") != "undo")
        .order_by(edits.c.edit_id.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def undoing(connection: Connection, reader: str) -> list[Change]:
    """Give the lines that take back the reader's last step that still holds."""
    last = last_that_holds(connection, reader)
    if last is None:
        return []
    return [_take_back(connection, row) for row in reversed(_of_action(connection, last["action"], reader))]


def last_undone(connection: Connection, reader: str) -> RowMapping | None:
    """Give the action and the number of the line that took back the reader's last step, unless it was repeated since.

    `None` too where the reader has made another edit since.
    """
    last_edit = select(func.max(edits.c.edit_id)).where(edits.c.reader == reader, edits.c.kind == "edit")
    undone = edits.alias("undone")
    newer = select(_later.c.edit_id).where(_later.c.target == undone.c.target, _later.c.edit_id > undone.c.edit_id)
    query = (
        select(edits.c.action, undone.c.edit_id, undone.c.time)
        .join(undone, undone.c.target == edits.c.edit_id)
        .where(undone.c.reader == reader, undone.c.kind == "undo", ~newer.exists())
        .where(undone.c.edit_id > last_edit.scalar_subquery())
        .order_by(undone.c.edit_id.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def redoing(connection: Connection, reader: str) -> list[Change]:
    """Give the lines that repeat the step that the reader took back last."""
    last = last_undone(connection, reader)
    return [] if last is None else [_repeat(row) for row in _of_action(connection, last["action"], reader)]


def _of_action(connection: Connection, action: int, reader: str) -> list[RowMapping]:
    query = select(edits).where(edits.c.action == action, edits.c.kind == "edit", edits.c.reader == reader)
    return list(connection.execute(query.order_by(edits.c.edit_id)).mappings())


def _take_back(connection: Connection, row: RowMapping) -> Change:
    before = row["before"]
    if before is None:
        origin = ("reader", row["reader"])
        return Change(_key(row), LandmarkState.NOT_YET, None, origin, "", "undo", row["edit_id"], None)
    stood = connection.execute(select(edits).where(edits.c.edit_id == before)).mappings().one()
    return Change(**_words(stood), key=_key(row), kind="undo", target=row["edit_id"], after=before)


def _repeat(row: RowMapping) -> Change:
    return Change(**_words(row), key=_key(row), kind="redo", target=row["edit_id"])


def _key(row: RowMapping) -> Key:
    return Key(row["image_id"], row["landmark"], row["reader"])


def _words(row: RowMapping) -> dict[str, Any]:
    point = None if row["y"] is None else (row["y"], row["x"])
    origin = (row["origin_kind"], row["origin_name"])
    return {"state": LandmarkState(row["state"]), "point": point, "origin": origin, "note": row["note"]}
