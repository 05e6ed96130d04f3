"""Asks whether a training is to begin though something may go wrong."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox, QWidget

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.foresight import Concerns


class DoubtBox(QMessageBox):
    """One question beside the window, which goes on; closing it is no.

    Parameters
    ----------
    parent
        Over which it stands.
    desk
        Whose queue waits for the answer.
    doubts
        What was foreseen.
    """

    def __init__(self, parent: QWidget, desk: Desk, doubts: Concerns) -> None:
        super().__init__(parent)
        self.setWindowTitle("KDLand")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setText("\n\n".join(doubts.warnings))
        self.start = self.addButton("Start all the same", QMessageBox.ButtonRole.AcceptRole)
        self.back = self.addButton("Back", QMessageBox.ButtonRole.RejectRole)
        self.start.setToolTip("Train although this may go wrong")
        self.back.setToolTip("Train nothing; the form stays as it is")
        self.setDefaultButton(self.back)
        self.setEscapeButton(self.back)
        self._desk = desk
        self.finished.connect(self._answer)

    def _answer(self, _code: int) -> None:
        if not self._desk.is_closing:
            self._desk.attempt(self._desk.trainings.settle, is_wanted=self.clickedButton() is self.start)
