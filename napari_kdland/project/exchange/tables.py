"""Comma-separated files as people have them: with a byte order mark, semicolons, decimal commas, or damaged."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_AS_UTF8 = 'Save it as UTF-8 (in Excel: Save as, "CSV UTF-8")'


@dataclass(frozen=True)
class Line:
    """One line of a table: its place for messages, and its fields by column."""

    where: str
    fields: dict[str, str]
    has_decimal_comma: bool

    def number(self, column: str) -> float | None:
        """Give a field as a number; `None` where it is empty or NaN.

        Raises
        ------
        ValueError
            If it is something else; the message says what.
        """
        text = self.fields.get(column, "")
        if not text:
            return None
        try:
            value = float(text.replace(",", ".") if self.has_decimal_comma else text)
        except ValueError as error:
            raise ValueError(f"{column} is {text!r}, which is not a number") from error
        return None if math.isnan(value) else value


def read_text(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    AnnotationError
        If it cannot be read, or is not UTF-8; the message gives the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AnnotationError(f"Cannot read {path}: {error.strerror}. See that the path is right.") from error
    if data.startswith(_UTF16) or b"\0" in data[:200]:
        raise AnnotationError(f"{path.name} is UTF-16 text, or no text at all. {_AS_UTF8}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"line {line} holds the byte 0x{data[error.start]:02X}"
        raise AnnotationError(f"{path.name} is not UTF-8 text: {found}. {_AS_UTF8}.") from error


def read_table(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Line]:
    """Read a comma-, semicolon- or tab-separated file with a header.

    Further columns are passed over, unless their name looks like a misspelt one of `optional`.

    Raises
    ------
    AnnotationError
        If the file cannot be read, a column is missing, or a line has more or fewer fields than the header.
    """
    text = read_text(path)
    header = text.partition("\n")[0]
    separator = max(",;\t", key=lambda mark: (_n_named(header, mark, required), header.count(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise AnnotationError(f"{path.name} cannot be read: line {reader.line_num}: {error}.") from error
    if not rows:
        raise AnnotationError(f"{path.name} is empty. Expected a header with the columns {', '.join(required)}.")
    columns = _columns(path, rows[0][1], required, optional)
    return list(_lines(path, columns, rows[1:], has_decimal_comma=separator == ";"))


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give the text of a comma-separated file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _n_named(header: str, separator: str, required: Sequence[str]) -> int:
    return len({field.strip().strip('"').lower() for field in header.split(separator)} & set(required))


def _columns(path: Path, header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    columns = [field.strip().lower() for field in header]
    found = f"found the columns {', '.join(columns)}"
    missing = [column for column in required if column not in columns]
    if missing:
        raise AnnotationError(
            f"{path.name} has no column {', '.join(missing)} in line 1: {found}. Add it, or rename one."
        )
    twice = [column for column in (*required, *optional) if columns.count(column) > 1]
    if twice:
        raise AnnotationError(f"{path.name} has the column {twice[0]} twice in line 1: {found}. Leave one of them.")
    for column in optional:
        misspelt = [] if column in columns else get_close_matches(column, set(columns) - set(required), 1, 0.7)
        if misspelt:
            raise AnnotationError(
                f"{path.name} has a column {misspelt[0]} in line 1: rename it to {column}, or drop it."
            )
    return columns


def _lines(
    path: Path, columns: Sequence[str], rows: Sequence[tuple[int, list[str]]], *, has_decimal_comma: bool
) -> Iterator[Line]:
    for number, row in rows:
        if len(row) != len(columns):
            raise AnnotationError(
                f"{path.name} was not read: line {number} has {len(row)} fields, the header has {len(columns)}. "
                "Decimals take a point, and names with a comma quotation marks."
            )
        yield Line(f"line {number}", dict(zip(columns, map(str.strip, row), strict=True)), has_decimal_comma)
