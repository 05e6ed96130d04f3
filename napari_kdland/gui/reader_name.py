"""The reader's name, shown and changed in place, and the menu of readings beside it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from napari_kdland.gui.reader_menu import ReaderMenu

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk


class ReaderName(QWidget):
    """Says who reads, wherever something is said in the reader's name.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.field = QLineEdit(desk.session.reader)
        self.field.setToolTip(
            "Who reads: every edit, review and flag carries this name, and undo takes back what it says. "
            "Kept for each project"
        )
        self.menu = ReaderMenu(desk)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(QLabel("Reader"))
        layout.addWidget(self.field, 1)
        layout.addWidget(self.menu)
        self.field.editingFinished.connect(self._set)
        desk.session.reader_changed.connect(self._show)

    def _show(self) -> None:
        self.field.setText(self._desk.session.reader)

    def _set(self) -> None:
        if self.field.text() != self._desk.session.reader:
            self._desk.attempt(setattr, self._desk.session, "reader", self.field.text())
        self._show()
