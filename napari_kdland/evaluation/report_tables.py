"""The tables of a report, each once: as it stands in the page, as text and as CSV."""

from __future__ import annotations

import csv
import io
import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    # What a column is in the CSV: a number, the two ends of an interval, or a number and the ends of its interval.
    Columns = Literal["number", "ends", "both"]

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
# Letters of a head in plain text before it goes on in the next line.
NARROW = 10


@dataclass(frozen=True)
class Cell:
    """What stands in a table: its text, the number behind it for CSV, and whether it is the best of its column.

    An interval has two numbers behind it, `ends`, which are two columns of the CSV. Where a number has an interval of
    its own, `between` is how that is written, and the CSV has three columns.
    """

    text: str
    value: float | int | None = None
    is_best: bool = False
    ends: tuple[float | None, float | None] | None = None
    between: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    Parameters
    ----------
    name
        Of its files, and unique in a page.
    title, caption
        Over it, and what it rests on.
    head
        Of each column; the first is that of the row heads.
    rows
        The row head, then a cell for each further column.
    """

    name: str
    title: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]

    @property
    def csv(self) -> str:
        """The table as CSV: numbers in full precision, empty where there is no value."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        kinds = [_columns_of(column) for column in zip(*self._body, strict=True)]
        heads = [self._heads_of(place, kind) for place, kind in enumerate(kinds, start=1)]
        writer.writerow([self.head[0], *(head for of in heads for head in of)])
        for name, cells in self.rows:
            plain = [_plain_cells(cell, kind) for cell, kind in zip(cells, kinds, strict=True)]
            writer.writerow([name, *(value for of in plain for value in of)])
        return out.getvalue()

    @property
    def _body(self) -> list[tuple[Cell, ...]]:
        # A table without rows has its head still.
        return [cells for _, cells in self.rows] or [tuple(Cell(DASH) for _ in self.head[1:])]

    def _heads_of(self, place: int, kind: Columns) -> list[str]:
        """Give the heads of a column in the CSV: two of an interval, named after the column before if need be."""
        head = self.head[place]
        if kind == "number":
            return [head]
        if kind == "both":
            return [head, f"{head}, low", f"{head}, high"]
        head = head if self.head.count(head) == 1 else f"{self.head[place - 1]}, {head}"
        return [f"{head}, low", f"{head}, high"]

    @property
    def text(self) -> str:
        """The table as aligned plain text, long heads over several lines, the best of a column with a star."""
        head = [textwrap.wrap(title, NARROW) or [""] for title in self.head]
        n_lines = max(map(len, head))
        lines = [[""] * (n_lines - len(words)) + words for words in head]
        body = [(name, *(f"{cell.text} {'*' if cell.is_best else ' '}" for cell in cells)) for name, cells in self.rows]
        rows = [*zip(*([f"{word}  " if place else word for word in of] for place, of in enumerate(lines)), strict=True)]
        rows += body
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.head))]
        aligned = [_aligned(row, widths, self.is_words) for row in rows]
        aligned.insert(n_lines, "-" * max(map(len, aligned)))
        lines_of = [self.title, "", *(line.rstrip() for line in aligned), "", self.caption]
        return "\n".join(lines_of).strip("\n") + "\n"

    @property
    def is_words(self) -> list[bool]:
        """Which columns hold words, and begin at the left; the others hold numbers."""
        of_cells = [
            all(cell.value is None and cell.text != DASH for cell in column) for column in zip(*self._body, strict=True)
        ]
        return [True, *of_cells]


def number(value: float | None, decimals: int = 1, *, signed: bool = False, is_best: bool = False) -> Cell:
    """Give the cell of a number; a dash where there is none."""
    if value is None or math.isnan(value):
        return Cell(DASH)
    rounded = round(value, decimals) + 0.0
    text = f"{rounded:{'+' if signed and rounded else ''}.{decimals}f}".replace("-", MINUS)
    return Cell(text, value, is_best)


def interval(ends: tuple[float, float] | None, decimals: int = 1, *, signed: bool = True) -> Cell:
    """Give the cell of an interval; a dash where there is none."""
    if ends is None:
        return Cell(DASH, ends=(None, None))
    low, high = (number(end, decimals, signed=signed).text for end in ends)
    return Cell(f"{low} to {high}", ends=ends)


def p_value(p: float | None) -> Cell:
    """Give the cell of a p-value; a dash where there was no test."""
    if p is None:
        return Cell(DASH)
    return Cell("< 0.001" if p < 0.001 else f"{p:.3f}", p)


def _aligned(row: Sequence[str], widths: Sequence[int], is_words: Sequence[bool]) -> str:
    cells = zip(row, widths, is_words, strict=True)
    return "  ".join(cell.ljust(width) if at_left else cell.rjust(width) for cell, width, at_left in cells)


def _columns_of(column: Sequence[Cell]) -> Columns:
    if all(cell.ends is None for cell in column):
        return "number"
    return "both" if any(cell.between for cell in column) else "ends"


def _plain_cells(cell: Cell, kind: Columns) -> list[object]:
    if kind == "number":
        return [_plain(cell)]
    return [*([_plain(cell)] if kind == "both" else []), *_plain_ends(cell)]


def _plain(cell: Cell) -> object:
    if cell.value is not None:
        return repr(float(cell.value)) if isinstance(cell.value, float) else cell.value
    return "" if cell.text == DASH else cell.text.replace(MINUS, "-")


def _plain_ends(cell: Cell) -> list[object]:
    return ["" if end is None or math.isnan(end) else repr(float(end)) for end in cell.ends or (None, None)]


def best_of(values: Sequence[float | None], better: str | None) -> float | None:
    """Give the best of several values; `None` where all are alike, or neither way is good."""
    known = {value for value in values if value is not None and math.isfinite(value)}
    if better is None or len(known) < 2:
        return None
    return min(known) if better == "lower" else max(known)
