"""The page that stands before those of a study's single numbers of labels: what labels are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.evaluation.encodings import Role, encodings
from napari_kdland.evaluation.gallery import path_of
from napari_kdland.evaluation.label_efficiency import label_chart, label_table, label_tests_table
from napari_kdland.evaluation.label_lines import said_over_labels
from napari_kdland.evaluation.report_files import template, write_page, write_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.evaluation.label_lines import LabelLine
    from napari_kdland.evaluation.report_tables import Table


@dataclass(frozen=True)
class Overview:
    """What a study shows over its numbers of labels.

    Parameters
    ----------
    title, question
        Head of the page.
    lines
        The baseline first, then teachers, then the others, the floor last.
    roles
        Role by line, as `encodings` takes them, where it is not that of the line's kind.
    tables
        Further tables, after those of the lines.
    pages
        The pages of the study as (title, file beside this one); this one without a file.
    facts, notes, commands, versions
        As on the page of a comparison.
    """

    title: str
    question: str
    lines: Sequence[LabelLine]
    roles: Mapping[str, str]
    tables: Sequence[Table] = ()
    pages: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    commands: Sequence[str] = ()
    versions: Sequence[tuple[str, str]] = ()

    @property
    def baseline(self) -> str:
        """The line that the others are held against."""
        return self.lines[0].name


def write_overview(path: Path, overview: Overview) -> Path:
    """Write the page as one HTML file, and its tables beside it as CSV and LaTeX.

    Raises
    ------
    ProjectError
        If they cannot be written.
    """
    write_page(path, render_overview(overview))
    write_tables(path, overview_tables(overview), {})
    return path


def overview_tables(overview: Overview) -> list[Table]:
    """Give every table of the page, in its order."""
    tests = label_tests_table(overview.lines, overview.baseline)
    return [label_table(overview.lines), *(() if tests is None else (tests,)), *overview.tables]


def render_overview(overview: Overview) -> str:
    """Give the page as HTML text."""
    kinds = {line.name: Role(line.kind).value for line in overview.lines}
    chosen = encodings(kinds, kinds | dict(overview.roles))
    return template("overview.html.jinja").render(
        contents=overview,
        encodings=chosen,
        symbols={symbol: path_of(symbol) for symbol in {one.symbol for one in chosen.values()}},
        verdicts={line.name: said_over_labels(line, overview.baseline) for line in overview.lines if line.tests},
        chart=label_chart(overview.lines, chosen),
        tables=overview_tables(overview),
    )
