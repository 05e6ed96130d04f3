"""A table as LaTeX that fits a page: a wide one in several parts, a long one over several pages."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from napari_kdland.evaluation.report_tables import DASH, MINUS, NARROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari_kdland.evaluation.report_tables import Cell, Table

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    MINUS: "$-$",
    DASH: "--",
    "\N{CHECK MARK}": r"$\bullet$",
}
_NEXT = r" \\ "
# A4 with margins of 2.5 cm, Computer Modern: what a line holds, a letter takes, and stands between two columns.
_LINE_PT = 455.0
_LETTER_PT = {"normalsize": 5.0, "footnotesize": 4.25}
_GAP_PT = 8.0
# More rows are higher than a page, and a float cannot go on on the next one.
_MOST_ROWS = 45


def latex_of(table: Table) -> str:
    """Write a table for the package booktabs; longtable too where it has many rows, graphicx where a word is too wide.

    Letters are set in footnotesize where the columns need it, and never smaller, since nobody reads them: columns that
    do not fit then stand in further parts, each with the heads of the rows.
    """
    size = next((size for size in _LETTER_PT if _width(table, size) <= _LINE_PT), "footnotesize")
    parts = _parts(table, size)
    return "\n".join(_set(part, size, place, len(parts)) for place, part in enumerate(parts, start=1))


def escaped(text: str) -> str:
    """Give text that LaTeX sets as it stands."""
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _set(table: Table, size: str, place: int, n_parts: int) -> str:
    which = f" (part {place} of {n_parts})" if n_parts > 1 else ""
    label = re.sub("[^a-z0-9]+", "-", table.name.lower()) + (f"-{place}" if place > 1 else "")
    caption = rf"\caption{{{escaped((table.caption or table.title) + which)}}}\label{{tab:{label}}}"
    letters = [*([] if size == "normalsize" else [rf"\{size}"]), rf"\setlength{{\tabcolsep}}{{{_GAP_PT / 2:g}pt}}"]
    columns = "l" + "r" * (len(table.head) - 1)
    head = [r"\toprule", " & ".join(map(_head, table.head)) + r" \\", r"\midrule"]
    rows = [" & ".join([escaped(name), *map(_cell, cells)]) + r" \\" for name, cells in table.rows]
    if len(rows) > _MOST_ROWS:
        inner = [caption + r" \\", *head, r"\endfirsthead", *head, r"\endhead", r"\bottomrule", r"\endfoot", *rows]
        lines = [r"\begingroup", *letters, *_within("longtable", inner, f"{{{columns}}}"), r"\endgroup"]
    else:
        inner = _within("tabular", [*head, *rows, r"\bottomrule"], f"{{{columns}}}")
        if _width(table, size) > _LINE_PT:
            inner = [r"\resizebox{\linewidth}{!}{%", *inner[:-1], f"{inner[-1]}}}"]
        lines = _within("table", [r"\centering", caption, *letters, *inner])
    return "\n".join(lines) + "\n"


def _within(environment: str, lines: Sequence[str], more: str = "") -> list[str]:
    return [rf"\begin{{{environment}}}{more}", *lines, rf"\end{{{environment}}}"]


def _parts(table: Table, size: str) -> list[Table]:
    """Share out columns that do not fit a line; the heads of rows, and words right behind them, stand in each part."""
    widths = _widths(table, size)
    n_keys = len(list(takewhile(bool, table.is_words)))
    if sum(widths) <= _LINE_PT or n_keys == len(widths):
        return [table]
    room = _LINE_PT - sum(widths[:n_keys])
    shared: list[list[int]] = [[]]
    for together in _inseparable(table, range(n_keys, len(widths))):
        if shared[-1] and sum(widths[place] for place in (*shared[-1], *together)) > room:
            shared.append([])
        shared[-1] += together
    return [_only(table, [*range(n_keys), *places]) for places in shared]


def _inseparable(table: Table, places: Iterable[int]) -> list[list[int]]:
    """Put a column whose head others have too, such as an interval, with the one before it, which it is of."""
    found: list[list[int]] = []
    for place in places:
        if found and table.head.count(table.head[place]) > 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _only(table: Table, places: Sequence[int]) -> Table:
    """Give some of the columns, the first among them."""
    rows = tuple((name, tuple(cells[place - 1] for place in places if place)) for name, cells in table.rows)
    return replace(table, head=tuple(table.head[place] for place in places), rows=rows)


def _width(table: Table, size: str) -> float:
    return sum(_widths(table, size))


def _widths(table: Table, size: str) -> list[float]:
    """Give about what each column takes, in points."""
    heads = [max(map(len, _wrapped(title)), default=0) for title in table.head]
    rows = [(len(name), *(len(_plain(cell)) for cell in cells)) for name, cells in table.rows]
    letters = [max(of) for of in zip(heads, *rows, strict=True)]
    return [_LETTER_PT[size] * n + _GAP_PT for n in letters]


def _wrapped(title: str) -> list[str]:
    return textwrap.wrap(title, NARROW, break_long_words=False)


def _head(title: str) -> str:
    lines = [escaped(line) for line in _wrapped(title)]
    return "".join(lines) if len(lines) < 2 else rf"\shortstack{{{_NEXT.join(lines)}}}"


def _plain(cell: Cell) -> str:
    return f"{cell.text} ({cell.between})" if cell.between else cell.text


def _cell(cell: Cell) -> str:
    text = escaped(cell.text)
    text = rf"\textbf{{{text}}}" if cell.is_best else text
    return f"{text} ({escaped(cell.between)})" if cell.between else text
