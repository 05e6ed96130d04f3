"""CSV: one line a landmark, image,landmark,x,y[,state][,reader]; x to the right, y down, in pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.project.exchange.rows import ExchangeFormat, Problems, Row, write_text
from napari_kdland.project.exchange.tables import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.anatomy.scheme import Scheme

_REQUIRED = ("image", "landmark", "x", "y")
_OPTIONAL = ("state", "reader")


def read(path: Path) -> list[Row]:
    """Read a CSV file of landmarks.

    Raises
    ------
    AnnotationError
        If it is none; the message gives the line.
    """
    rows, problems = [], Problems(path)
    for line in read_table(path, _REQUIRED, _OPTIONAL):
        fields = line.fields
        try:
            x, y = line.number("x"), line.number("y")
        except ValueError as error:
            problems.add(line.where, str(error))
            continue
        state, reader = fields.get("state", ""), fields.get("reader", "")
        rows.append(Row(fields["image"], fields["landmark"], x, y, state, reader, where=line.where))
    problems.refuse_if_any()
    return rows


def write(path: Path, rows: Sequence[Row], scheme: Scheme) -> None:  # noqa: ARG001 - the base's signature
    """Write a CSV file of landmarks; the numbers are written in full, so that they come back as they were.

    Raises
    ------
    ProjectError
        If it cannot be written.
    """
    lines = [(row.image, row.landmark, number(row.x), number(row.y), row.state, row.reader) for row in rows]
    write_text(path, write_table((*_REQUIRED, *_OPTIONAL), lines))


def number(value: float | None) -> str:
    """Give a number as the shortest text that is read back as the same number; nothing for `None`."""
    return "" if value is None else repr(float(value))


CSV = ExchangeFormat(".csv", read, write)
