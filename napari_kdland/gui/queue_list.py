"""The trainings that wait: their order, and whether the next one begins by itself."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk

_KEY = Qt.ItemDataRole.UserRole
_NONE = "Nothing waits. While a training runs, Add to queue lines up the next one."
_HELD = "Held by you."


class QueueList(QWidget):
    """Shows what waits in the project, the next one first.

    Parameters
    ----------
    desk
        Its trainings are shown.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._queue = desk.trainings
        self.list, self.state = QListWidget(), words()
        self.up = button("Up", lambda: self._move(-1), "Train the selected one earlier")
        self.down = button("Down", lambda: self._move(1), "Train the selected one later")
        self.remove = button("Remove", self._remove, "Take the selected training out of the queue")
        self.hold = button("Hold", self._hold, "")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.state)
        layout.addWidget(self.list, 1)
        layout.addLayout(row(self.up, self.down, self.remove, self.hold))
        self.list.currentRowChanged.connect(self._on_choice)
        self._queue.changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Show what waits now."""
        chosen = self._chosen()
        waiting = self._queue.waiting
        self.list.clear()
        for place, each in enumerate(waiting, start=1):
            item = QListWidgetItem(f"{place}. {each.title}")
            item.setData(_KEY, each.key)
            item.setToolTip(each.title)
            self.list.addItem(item)
            if each.key == chosen:
                self.list.setCurrentItem(item)
        held = self._queue.held
        self.state.setText(f"{held} Go on begins the next one." if held and waiting else "" if waiting else _NONE)
        self.state.setVisible(bool(self.state.text()))
        self.hold.setText("Go on" if held else "Hold")
        self.hold.setToolTip("Begin the next training" if held else "Begin nothing after the training that runs")
        self.hold.setEnabled(bool(waiting))
        self._on_choice()

    def release(self) -> None:
        """Listen no longer."""
        self._queue.changed.disconnect(self.look)

    def _chosen(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(_KEY))

    def _move(self, by: int) -> None:
        self._desk.attempt(self._queue.move, self._chosen(), by)

    def _remove(self) -> None:
        self._desk.attempt(self._queue.remove, self._chosen())

    def _hold(self) -> None:
        if self._queue.held:
            self._desk.attempt(self._queue.go_on)
        else:
            self._queue.hold(_HELD)

    def _on_choice(self, _row: int = 0) -> None:
        place, last = self.list.currentRow(), self.list.count() - 1
        self.remove.setEnabled(place >= 0)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(0 <= place < last)
