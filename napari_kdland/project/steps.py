"""Undo and redo over landmarks, regions, reviews and flags: what a reader did last is taken back first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from napari_kdland.project import history, mask_journal
from napari_kdland.project.annotations import Edit, stepped
from napari_kdland.project.mark_steps import MarkJournal, MarkStep
from napari_kdland.project.tables import edits, masks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from napari_kdland.project.database import Database


@dataclass(frozen=True)
class MaskStep:
    """A mask that was taken back or repeated; `time` is ISO 8601 in UTC."""

    image_id: int
    time: str
    kind: str


Step = Edit | MaskStep | MarkStep


class Steps:
    """The steps that readers can take back, over all journals.

    Parameters
    ----------
    database
        The open project database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def undo(self, reader: str, *, locks_of: str | None = None) -> Step | None:
        """Take back the reader's last step, also one made before a restart or on another image.

        Everybody's locks hold, or only those of `locks_of`.

        Returns
        -------
        Edit, MaskStep, MarkStep or None
            The new line of the journal of landmarks (the first, where the step had many), of masks, or of reviews or
            flags; `None` if there is nothing to take back.

        Raises
        ------
        AnnotationError
            If a landmark that would change is locked.
        """
        with self._database.writing() as connection:
            edit = history.last_that_holds(connection, reader)
            mask = mask_journal.last_that_holds(connection, reader)
            marks = MarkJournal(connection, reader)
            mark = marks.last_that_holds()
            if mark is not None and mark[1]["time"] >= max((row["time"] for row in (edit, mask) if row), default=""):
                return marks.take_back(*mark)
            if mask is not None and (edit is None or edit["edit_id"] <= mask["after_edit"]):
                return _answered(connection, mask["mask_id"], "undo")
            return stepped(connection, history.undoing(connection, reader), locks_of=locks_of)

    def redo(self, reader: str, *, locks_of: str | None = None) -> Step | None:
        """Repeat the step that the reader took back last; `None` if there is none, or something was done since."""
        with self._database.writing() as connection:
            edit = history.last_undone(connection, reader)
            mask = mask_journal.last_undone(connection, reader)
            marks = MarkJournal(connection, reader)
            mark = marks.last_undone()
            undone = max((row["time"] for row in (edit, mask) if row), default="")
            if mark is not None and mark[2] >= max(undone, _last_time(connection, reader), marks.last_done()):
                return marks.repeat(*mark[:2])
            if undone < marks.last_done():
                return None
            if mask is not None and (edit is None or edit["edit_id"] <= mask["after_edit"]):
                done_since = _last_edit(connection, reader) > mask["after_edit"]
                return None if done_since else _answered(connection, mask["target"], "redo")
            if edit is None or _last_mask_after(connection, reader) >= edit["edit_id"]:
                return None
            return stepped(connection, history.redoing(connection, reader), locks_of=locks_of)

    def last_time(self) -> str | None:
        """Give when anybody last said anything of a landmark or region, ISO 8601 in UTC; `None` where nobody has."""
        newest = (
            select(edits.c.time).order_by(edits.c.edit_id.desc()).limit(1),
            select(masks.c.time).order_by(masks.c.mask_id.desc()).limit(1),
        )
        with self._database.reading() as connection:
            times = [connection.execute(query).scalar() for query in newest]
        return max((time for time in times if time is not None), default=None)


def _answered(connection: Connection, target: int, kind: str) -> MaskStep:
    row = mask_journal.answer(connection, target, kind)
    return MaskStep(row["image_id"], row["time"], kind)


def _last_time(connection: Connection, reader: str) -> str:
    """Give when the reader last said anything of a landmark or region; empty where that never was."""
    queries = (
        select(func.max(each.c.time)).where(each.c.reader == reader, each.c.kind == "edit") for each in (edits, masks)
    )
    return max(connection.execute(query).scalar() or "" for query in queries)


def _last_edit(connection: Connection, reader: str) -> int:
    query = select(func.max(edits.c.edit_id)).where(edits.c.reader == reader, edits.c.kind == "edit")
    return connection.execute(query).scalar() or 0


def _last_mask_after(connection: Connection, reader: str) -> int:
    """Give after which edit the reader's last mask was saved; -1 where there is none."""
    query = select(masks.c.after_edit).where(masks.c.reader == reader, masks.c.kind == "edit")
    found: int | None = connection.execute(query.order_by(masks.c.mask_id.desc()).limit(1)).scalar()
    return -1 if found is None else found
