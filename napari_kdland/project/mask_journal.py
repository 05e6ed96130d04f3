"""The append-only journal of masks: which of them still hold, and how a reader's last one is taken back or repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select

from napari_kdland.project.database import now
from napari_kdland.project.tables import edits, masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

_later = masks.alias("later_mask")
# What was last done with a mask: undo, redo, or nothing.
_last_word = (
    select(_later.c.kind)
    .where(_later.c.target == masks.c.mask_id)
    .order_by(_later.c.mask_id.desc())
    .limit(1)
    .correlate(masks)
    .scalar_subquery()
)
# A mask is said whole, so that taking one back lets the one before count again.
holds = and_(masks.c.kind == "edit", func.coalesce(_last_word, "edit") != "undo")


def append(connection: Connection, rows: Sequence[dict[str, Any]], *, kind: str = "edit") -> None:
    """Write lines into the journal; each says who saved or took back what, numbers and time are given here."""
    if not rows:
        return
    first = (connection.execute(select(func.max(masks.c.mask_id))).scalar() or 0) + 1
    now_known = {"time": now(), "after_edit": connection.execute(select(func.max(edits.c.edit_id))).scalar() or 0}
    numbered = [{**row, **now_known, "kind": kind, "mask_id": mask_id} for mask_id, row in enumerate(rows, first)]
    connection.execute(insert(masks), numbered)


def last_that_holds(connection: Connection, reader: str) -> RowMapping | None:
    """Give the reader's last mask that was not taken back."""
    query = select(masks).where(masks.c.reader == reader, masks.c.origin_kind == "reader", holds)
    return connection.execute(query.order_by(masks.c.mask_id.desc()).limit(1)).mappings().one_or_none()


def last_undone(connection: Connection, reader: str) -> RowMapping | None:
    """Give the line that took the reader's last mask back; `None` where it was repeated or another saved since."""
    query = select(masks).where(masks.c.reader == reader).order_by(masks.c.mask_id.desc())
    repeated: set[int] = set()
    for row in connection.execute(query).mappings():
        if row["kind"] == "edit":
            return None
        if row["kind"] == "redo":
            repeated.add(row["target"])
        elif row["target"] not in repeated:
            return row
    return None


def answer(connection: Connection, target: int, kind: str) -> RowMapping:
    """Take back or repeat the mask `target`; gives the new line."""
    row = connection.execute(select(masks).where(masks.c.mask_id == target)).mappings().one()
    said = {key: value for key, value in row.items() if key not in ("mask_id", "time", "kind", "target", "after_edit")}
    append(connection, [{**said, "target": target}], kind=kind)
    query = select(masks).order_by(masks.c.mask_id.desc()).limit(1)
    return connection.execute(query).mappings().one()
