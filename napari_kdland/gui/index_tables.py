"""Which table an index of the scheme is held against in the report: one from elsewhere, or the readers' landmarks."""

# mypy: allow-subclassing-any
from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QInputDialog, QMenu, QPushButton

from napari_kdland.anatomy import measures_of
from napari_kdland.errors import AnnotationError
from napari_kdland.jobs.index_sources import IndexSource, read_index_sources

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk

_TIP = (
    "For the report: what an index of the scheme, such as the cardiothoracic ratio, is held against. By default that "
    "is the index of the readers' landmarks; a table (CSV) with a column image and one of values takes its place"
)


class IndexTables(QPushButton):
    """A menu with an entry for each index of the scheme; hidden where the scheme has none.

    Parameters
    ----------
    desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__("Indices")
        self._desk = desk
        self._chosen: dict[str, IndexSource] = {}
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self.setToolTip(_TIP)
        desk.session.project_changed.connect(self._on_project)
        self._on_project()

    @property
    def sources(self) -> tuple[IndexSource, ...]:
        """The tables that were chosen."""
        return tuple(self._chosen.values())

    def choose(self, source: IndexSource) -> None:
        """Take a table.

        Raises
        ------
        UsageError, AnnotationError
            If the scheme has no such index, or the table does not fit the project.
        """
        read_index_sources(self._desk.session.the_project().path, [source])
        self._chosen[source.index] = source
        self._fill()

    def forget(self, index: str) -> None:
        """Hold an index against the readers' landmarks again."""
        self._chosen.pop(index, None)
        self._fill()

    def _on_project(self) -> None:
        self._chosen = {}
        self._fill()

    def _fill(self) -> None:
        project = self._desk.session.project
        indices = () if project is None else measures_of(project.scheme).indices
        self._menu.clear()
        for index in indices:
            source = self._chosen.get(index.name)
            against = "the readers' landmarks" if source is None else f"{source.column} of {source.path.name}"
            self._menu.addSection(f"{index.title}: against {against}")
            table = self._menu.addAction("Values of a table ...")
            table.triggered.connect(partial(self._desk.attempt, partial(self._ask, index.name)))
            table.setToolTip("A CSV with a column image and a column of values")
            back = self._menu.addAction("The readers' landmarks")
            back.triggered.connect(partial(self._back, index.name))
            back.setEnabled(source is not None)
        self.setVisible(bool(indices))

    def _back(self, index: str, _checked: bool = False) -> None:
        self.forget(index)

    def _ask(self, index: str) -> None:
        found, _ = QFileDialog.getOpenFileName(self, f"Values of {index}", filter="Tables (*.csv)")
        if not found:
            return
        columns = columns_of(Path(found))
        column, is_chosen = QInputDialog.getItem(self, "KDLand", f"Column of {index}", columns, editable=False)
        if is_chosen:
            self.choose(IndexSource(index, Path(found), column))


def columns_of(path: Path) -> list[str]:
    """Give the columns of a table that may hold values: all but ``image``.

    Raises
    ------
    AnnotationError
        If it cannot be read, or has no column beside ``image``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = next(csv.reader(file), [])
    except (OSError, UnicodeError, csv.Error) as error:
        raise AnnotationError(f"{path.name} cannot be read as a table: {error}. Save it as CSV in UTF-8.") from error
    columns = [name.strip() for name in head if name.strip() and name.strip() != "image"]
    if not columns:
        raise AnnotationError(f"{path.name} has no column beside image. Give a table with a column of values.")
    return columns
