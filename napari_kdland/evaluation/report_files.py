"""The files of a report: its page, and its tables beside it as CSV and as LaTeX."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import ProjectError
from napari_kdland.evaluation.report_latex import latex_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from napari_kdland.evaluation.report_tables import Table


def template(name: str) -> Template:
    """Give the template of a page by the name of its file."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("napari_kdland.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def page_file(path: Path) -> Path:
    """Give the file of a page: itself, or ``report.html`` in a folder."""
    path = Path(path)
    return path if path.suffix.lower() in (".html", ".htm") else path / "report.html"


def write_page(path: Path, page: str) -> None:
    """Write a page; folders are made where they are missing.

    Raises
    ------
    ProjectError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, page)
    except OSError as error:
        raise ProjectError(
            f"Cannot write the report {path}: {error.strerror or error}. Give a place where you may write."
        ) from error


def folder_of(page: Path) -> Path:
    """Give the folder of a page's tables: beside it, called after it."""
    return page.with_name(f"{page.stem}_tables")


def write_tables(page: Path, tables: Sequence[Table], texts: dict[str, str]) -> tuple[Path, ...]:
    """Write each table as CSV and LaTeX, and further files by name; gives the files.

    Raises
    ------
    ProjectError
        If they cannot be written.
    """
    files = {f"{table.name}.{ending}": text for table in tables for ending, text in _forms(table)} | texts
    folder = folder_of(page)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_whole(folder / name, text)
    except OSError as error:
        raise ProjectError(
            f"Cannot write the tables of the report into {folder}: {error.strerror or error}. "
            "Give a place where you may write."
        ) from error
    return tuple(folder / name for name in files)


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that there is never half of one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        # Gone already where all went well.
        Path(temporary).unlink(missing_ok=True)


def _forms(table: Table) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("csv", table.csv), ("tex", latex_of(table))
