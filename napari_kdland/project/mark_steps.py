"""Undo and redo of reviews and flags: which of them a reader's next step back or forth takes back or repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, insert, select

from napari_kdland.project.database import now
from napari_kdland.project.tables import facts, flags, reviews

if TYPE_CHECKING:
    from sqlalchemy import Connection

# These journals do not say which line takes back or repeats which other one. Facts do: "mark flag 7" is "undo 6".
_FACT = "mark "
_NUMBERS = {"review": reviews.c.review_id, "flag": flags.c.flag_id}

What = Literal["review", "flag"]
Row = dict[str, Any]


@dataclass(frozen=True)
class MarkStep:
    """A review or a flag that was taken back or repeated; `time` is ISO 8601 in UTC."""

    image_id: int
    time: str
    kind: str


class MarkJournal:
    """What a reader has said by reviews and flags, and what of it was taken back.

    Parameters
    ----------
    connection
        In a transaction, which it reads and writes in.
    reader
        Whose steps these are.
    """

    def __init__(self, connection: Connection, reader: str) -> None:
        self._connection = connection
        self._reader = reader
        # By the number of a line: what it does, and with which other line.
        self._kinds: dict[tuple[str, int], tuple[str, int]] = {}
        # The line that took a line back last, where that was not repeated.
        self._undone: dict[tuple[str, int], int] = {}
        for row in connection.execute(select(facts).where(facts.c.key.startswith(_FACT))):
            (_, what, number), (kind, target) = row.key.split(" "), row.value.split(" ")
            self._kinds[what, int(number)] = (kind, int(target))
        for (what, number), (kind, target) in sorted(self._kinds.items()):
            if kind == "undo":
                self._undone[what, target] = number
            else:
                self._undone.pop((what, target), None)

    def last_that_holds(self) -> tuple[What, Row] | None:
        """Give the reader's last review or flag that was not taken back, and on which nobody else has said more."""
        found: list[tuple[What, Row]] = []
        for what in _NUMBERS:
            lines = (row for row in self._lines(what) if self._holds(what, row) and not self._is_overruled(what, row))
            found += [(what, row) for row in [next(lines, None)] if row is not None]  # type: ignore[misc]
        return max(found, key=lambda each: each[1]["time"], default=None)

    def last_undone(self) -> tuple[What, Row, str] | None:
        """Give the line of the reader's that was taken back last, and when that was; `None` where it was repeated."""
        found: list[tuple[What, Row, str]] = []
        for (what, target), by in self._undone.items():
            undoing = self._row(what, by)
            if undoing["reader"] == self._reader and not self._is_overruled(what, undoing):
                found.append((what, self._row(what, target), undoing["time"]))  # type: ignore[arg-type]
        return max(found, key=lambda each: (each[2], -each[1]["number"]), default=None)

    def last_done(self) -> str:
        """Give when the reader last reviewed or flagged anything; empty where that never was."""
        news = (next((row for row in self._lines(what) if self._is_new(what, row)), None) for what in _NUMBERS)
        return max((row["time"] for row in news if row is not None), default="")

    def take_back(self, what: What, row: Row) -> MarkStep:
        """Let what was said before a line count again."""
        if what == "review":
            return self._write(what, {"is_reviewed": not row["is_reviewed"]}, row, "undo")
        before = [each for each in self._lines(what, image_id=row["image_id"]) if each["number"] < row["number"]]
        stood = next((each for each in before if self._holds(what, each)), {"is_flagged": False, "note": ""})
        return self._write(what, {"is_flagged": stood["is_flagged"], "note": stood["note"]}, row, "undo")

    def repeat(self, what: What, row: Row) -> MarkStep:
        """Say again what was taken back."""
        keys = ("is_reviewed",) if what == "review" else ("is_flagged", "note")
        return self._write(what, {key: row[key] for key in keys}, row, "redo")

    def _write(self, what: What, said: Row, target: Row, kind: str) -> MarkStep:
        column, time = _NUMBERS[what], now()
        number = (self._connection.execute(select(func.max(column))).scalar() or 0) + 1
        line = {column.name: number, "time": time, "image_id": target["image_id"], "reader": self._reader, **said}
        self._connection.execute(insert(column.table), line)
        fact = {"key": f"{_FACT}{what} {number}", "value": f"{kind} {target['number']}"}
        self._connection.execute(insert(facts).values(fact))
        return MarkStep(target["image_id"], time, kind)

    def _is_new(self, what: str, row: Row) -> bool:
        return (what, row["number"]) not in self._kinds

    def _holds(self, what: str, row: Row) -> bool:
        return self._is_new(what, row) and (what, row["number"]) not in self._undone

    def _is_overruled(self, what: str, row: Row) -> bool:
        """Whether somebody else has changed the flag since, which is the image's; a review is its reader's."""
        if what == "review":
            return False
        lines = self._lines(what, image_id=row["image_id"])
        return any(each["number"] > row["number"] and each["reader"] != self._reader for each in lines)

    def _lines(self, what: str, *, image_id: int | None = None) -> list[Row]:
        """Give the reader's lines, or all of an image, the latest first."""
        column = _NUMBERS[what]
        columns = column.table.c
        mine = columns.reader == self._reader if image_id is None else columns.image_id == image_id
        query = select(column.table, column.label("number")).where(mine).order_by(column.desc())
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def _row(self, what: str, number: int) -> Row:
        column = _NUMBERS[what]
        query = select(column.table, column.label("number")).where(column == number)
        return dict(self._connection.execute(query).mappings().one())
