"""The scheme editor: add, retitle, reorder, pair, colour, describe and remove landmarks and regions."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QMenu,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_kdland.anatomy.scheme_editing import Line, lines_of, name_for
from napari_kdland.errors import KdlandError
from napari_kdland.gui.tones import InkDelegate, Tone
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.anatomy.scheme_editing import Entry
    from napari_kdland.gui.desk import Desk

COLOUR, TITLE, NAME, PARTNER, DESCRIPTION = range(5)
_HEADINGS = (
    ("", "Colour: click to choose another"),
    ("Title", "For people; it can be changed at any time, nothing is lost"),
    ("Name in files", "In CSV and COCO files, the journal and runs; fixed once it is in the scheme"),
    ("Other side", "Its partner on the other side of the body: a mirrored image swaps the two"),
    ("How to find it", "Shown while it is placed"),
)


def edit_scheme(desk: Desk, parent: QWidget | None = None) -> None:
    """Let the user change the open project's scheme."""
    if desk.session.project is None:
        desk.refuse("No project is open. Open one first.")
        return
    SchemeEditor(desk, parent).exec()


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
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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

    def remove(self) -> None:
        """Take the chosen line out."""
        place = self.currentRow()
        if place < 0:
            return
        gone = self._lines.pop(place)
        self._lines = [self._with(each, partner="" if each.partner == gone.name else None) for each in self._lines]
        self._fill()

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
            if line.colour:
                self.item(place, COLOUR).setBackground(QColor(line.colour))
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
        if column != COLOUR:
            return
        line = self._lines[place]
        chosen = QColorDialog.getColor(QColor(line.colour or "#999999"), self, f"Colour of {line.title}")
        if chosen.isValid():
            self._lines[place] = self._with(line, colour=chosen.name().upper())
            self._fill()

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


class SchemeEditor(QDialog):
    """Changes the open project's scheme.

    Parameters
    ----------
    desk
        Whose project it is.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = desk.session
        project = self._session.the_project()
        self.setWindowTitle(f"Scheme of {project.name}")
        self.resize(980, 560)
        landmarks, regions = lines_of(project.scheme)
        self._removed = project.scheme_changes.removed()
        self.landmarks, self.regions = LinesTable("landmark", landmarks), LinesTable("region", regions)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._page(self.landmarks), "Landmarks")
        self.tabs.addTab(self._page(self.regions), "Regions")
        self.problem = words(tone=Tone.ERROR)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Change")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setToolTip(
            "Change the scheme; what goes is asked about before"
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Leave the scheme as it is")
        self.buttons.accepted.connect(self.change)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(
            words(
                "Titles, order, pairs and colours can be changed at any time. What is removed keeps what was said of "
                "it, and has it again when it is brought back. Runs trained before go on predicting until landmarks or "
                "regions are added or removed."
            )
        )
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def change(self) -> None:
        """Make the changes, after asking where something is to be removed; a refusal is shown and nothing is lost."""
        gone = self._to_be_removed()
        if gone and not self._may_remove(gone):
            return
        try:
            self._session.scheme.change(self.landmarks.lines(), self.regions.lines())
        except KdlandError as error:
            self.problem.setText(str(error))
            return
        self.accept()

    def removed_lines(self, what: str) -> list[Line]:
        """Give the lines of landmarks, or regions, that can be brought back."""
        entries: Mapping[str, Entry] = self._removed.landmarks if what == "landmark" else self._removed.regions
        return [
            Line(name, entry.title or name.replace("_", " "), getattr(entry, "description", ""), entry.colour)
            for name, entry in entries.items()
        ]

    def _to_be_removed(self) -> list[str]:
        scheme = self._session.the_project().scheme
        kept = {line.name for line in self.landmarks.lines()}, {line.name for line in self.regions.lines()}
        landmarks = [scheme.title_of(name) for name in scheme.landmark_names if name not in kept[0]]
        return landmarks + [each.title or each.name for each in scheme.regions if each.name not in kept[1]]

    def _may_remove(self, titles: Sequence[str]) -> bool:
        answer = QMessageBox.question(
            self,
            "KDLand: remove",
            f"Remove {', '.join(titles)} from the scheme? What was said of them stays in the journal and comes back "
            "when they are added again. Runs that predict them can no longer be used in this project meanwhile.",
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _page(self, table: LinesTable) -> QWidget:
        page = QWidget()
        back = QPushButton("Bring back")
        back.setToolTip("Add what was removed, with everything that was said of it")
        back.setEnabled(bool(self.removed_lines(table.what)))
        menu = QMenu(back)
        for line in self.removed_lines(table.what):
            menu.addAction(line.title).triggered.connect(partial(self._bring_back, table, line))
        back.setMenu(menu)
        layout = QVBoxLayout(page)
        layout.addWidget(table, 1)
        layout.addLayout(
            row(
                button("Add", table.add, f"A new {table.what} at the end of the list"),
                button("Remove", table.remove, f"Take the chosen {table.what} out; it is asked about before"),
                button("▲", partial(table.shift, -1), "Up: the order is that of keys and tables"),
                button("▼", partial(table.shift, 1), "Down"),
                back,
            )
        )
        return page

    def _bring_back(self, table: LinesTable, line: Line, _checked: bool = False) -> None:
        if line.name not in [each.name for each in table.lines()]:
            table.add(line)
