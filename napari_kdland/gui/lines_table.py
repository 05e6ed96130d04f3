"""A table of landmarks or regions as the scheme editor has them, a line each."""

# mypy: allow-subclassing-any
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QItemSelectionModel, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QColorDialog, QComboBox, QHeaderView, QTableWidget, QTableWidgetItem

from napari_kdland.anatomy.scheme_editing import Line, name_for
from napari_kdland.gui.tones import InkDelegate
from napari_kdland.gui.widgets import swatch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

COLOUR, TITLE, NAME, PARTNER, DESCRIPTION = range(5)
_HEADINGS = (
    ("", "Colour: click to choose one; none is the program's own"),
    ("Title", "For people; it can be changed at any time, nothing is lost"),
    ("Name in files", "In CSV and COCO files, the journal and runs; fixed once it is in the scheme"),
    ("Other side", "Its partner on the other side of the body: a mirrored image swaps the two"),
    ("How to find it", "Shown while it is placed"),
)


class LinesTable(QTableWidget):
    """Landmarks, or regions, a line each.

    Parameters
    ----------
    what
        ``landmark`` or ``region``; regions have no description.
    lines
        The lines at first.
    """

    def __init__(self, what: str, lines: Sequence[Line]) -> None:
        super().__init__(0, len(_HEADINGS))
        self.what = what
        self.setItemDelegate(InkDelegate(self))
        self._lines = list(lines)
        self._fixed = {line.name for line in lines}
        self.setHorizontalHeaderLabels([text for text, _ in _HEADINGS])
        for column, (_, tooltip) in enumerate(_HEADINGS):
            self.horizontalHeaderItem(column).setToolTip(tooltip)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setColumnHidden(DESCRIPTION, what == "region")
        header = self.horizontalHeader()
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(what == "landmark")
        for column, width in ((COLOUR, 28), (TITLE, 190), (NAME, 180), (PARTNER, 230)):
            self.setColumnWidth(column, width)
        self._fill()
        self.cellClicked.connect(self._on_click)
        self.cellChanged.connect(self._on_change)

    def lines(self) -> list[Line]:
        """Give the lines as they are now."""
        return list(self._lines)

    def add(self, line: Line | None = None) -> None:
        """Add a line at the end: a new one, or one that was removed."""
        self._lines.append(line or Line("", ""))
        self._fill()
        self.setCurrentCell(len(self._lines) - 1, TITLE)
        if line is None:
            self.editItem(self.item(len(self._lines) - 1, TITLE))

    def chosen(self) -> list[int]:
        """Give the places of the chosen lines, from above."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def choose(self, names: Collection[str]) -> None:
        """Choose the lines of these names, and no others."""
        model, how = self.selectionModel(), QItemSelectionModel.SelectionFlag
        self.clearSelection()
        for place, line in enumerate(self._lines):
            if line.name in names:
                model.select(self.model().index(place, TITLE), how.Select | how.Rows)

    def remove(self) -> None:
        """Take the chosen lines out."""
        gone = {self._lines.pop(place).name for place in reversed(self.chosen())}
        self._lines = [self._with(each, partner="" if each.partner in gone else None) for each in self._lines]
        self._fill()

    def colour(self, colour: str | None) -> None:
        """Give the chosen lines a colour, ``#RRGGBB``, or leave theirs to the program again."""
        places = self.chosen()
        for place in places:
            self._lines[place] = replace(self._lines[place], colour=colour)
        self._fill()
        self.choose({self._lines[place].name for place in places})

    def ask_for_colour(self) -> None:
        """Let the user choose a colour for the chosen lines."""
        places = self.chosen()
        if not places:
            return
        first = self._lines[places[0]]
        what = first.title if len(places) == 1 else f"{len(places)} {self.what}s"
        chosen = QColorDialog.getColor(QColor(first.colour or "#999999"), self, f"Colour of {what}")
        if chosen.isValid():
            self.colour(chosen.name().upper())

    def shift(self, by: int) -> None:
        """Move the chosen line up (-1) or down (1)."""
        place = self.currentRow()
        if place < 0 or not 0 <= place + by < len(self._lines):
            return
        self._lines.insert(place + by, self._lines.pop(place))
        self._fill()
        self.setCurrentCell(place + by, TITLE)

    def pair(self, place: int, partner: str) -> None:
        """Pair a line with another one, by that one's name; whoever was paired with either is alone then."""
        own = self._lines[place].name
        mates = {own, partner}
        self._lines = [
            self._with(each, partner="" if {each.name, each.partner} & mates else None) for each in self._lines
        ]
        if partner:
            self._lines = [
                self._with(each, partner=partner if each.name == own else own) if each.name in mates else each
                for each in self._lines
            ]
        self._fill()

    def _fill(self) -> None:
        self.blockSignals(True)
        chosen = self.currentRow()
        self.setRowCount(len(self._lines))
        for place, line in enumerate(self._lines):
            texts = {COLOUR: "", TITLE: line.title, NAME: line.name, DESCRIPTION: line.description}
            for column, text in texts.items():
                self.setItem(place, column, QTableWidgetItem(text))
            fixed = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            self.item(place, COLOUR).setFlags(fixed)
            if line.name in self._fixed:
                self.item(place, NAME).setFlags(fixed)
                self.item(place, NAME).setForeground(QColor("#8a8f98"))
            # No background: in a line that is chosen it would not be seen.
            self.item(place, COLOUR).setIcon(swatch(line.colour))
            self.setCellWidget(place, PARTNER, self._partners(place, line))
        self.setCurrentCell(min(chosen, len(self._lines) - 1), TITLE)
        self.blockSignals(False)

    def _partners(self, place: int, line: Line) -> QComboBox:
        choice = QComboBox()
        choice.setToolTip(_HEADINGS[PARTNER][1])
        choice.addItem("", "")
        for other in self._lines:
            if other.name and other.name != line.name:
                choice.addItem(other.title, other.name)
        choice.setCurrentIndex(max(0, choice.findData(line.partner)))
        choice.activated.connect(lambda _index: self.pair(place, choice.currentData()))
        return choice

    def _on_click(self, place: int, column: int) -> None:
        # With Ctrl or Shift the click chooses lines, which all have a colour by the button below.
        if column == COLOUR and self.chosen() == [place]:
            self.ask_for_colour()

    def _on_change(self, place: int, column: int) -> None:
        line, text = self._lines[place], self.item(place, column).text().strip()
        if column == TITLE:
            is_new = line.name not in self._fixed and line.name in ("", name_for(line.title))
            self._rename(place, name_for(text) if is_new else line.name)
            self._lines[place] = self._with(self._lines[place], title=text)
        elif column == NAME:
            self._rename(place, text)
        elif column == DESCRIPTION:
            self._lines[place] = self._with(line, description=text)
        self._fill()

    def _rename(self, place: int, name: str) -> None:
        old = self._lines[place].name
        self._lines[place] = self._with(self._lines[place], name=name)
        if old:
            self._lines = [self._with(each, partner=name if each.partner == old else None) for each in self._lines]

    @staticmethod
    def _with(line: Line, **changes: str | None) -> Line:
        values = {key: value for key, value in changes.items() if value is not None}
        return Line(**{**vars(line), **values})
