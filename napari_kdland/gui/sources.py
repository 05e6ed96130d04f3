"""The list of who can be compared: runs that have learnt something, and readers where several have read."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from napari_kdland.gui.symbols import icon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.gui.layers.style import Style
    from napari_kdland.project import Project, RunRecord

_KEY = Qt.ItemDataRole.UserRole
_READER = " (reader)"


class Sources(QListWidget):
    """Runs and readers with a box to tick; each is known by its key: a run by its name, a reader by `key_of`.

    Attributes
    ----------
    changed
        Emitted when the user, or `choose`, has ticked others.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setToolTip("Tick up to five. The readers' landmarks that count are always there, as white rings.")
        self.setMaximumHeight(96)
        self.itemChanged.connect(lambda _item: self.changed.emit())

    def fill(self, project: Project | None) -> None:
        """List what a project has; what was ticked stays ticked."""
        ticked = self.ticked()
        readers = () if project is None else project.annotations.readers()
        self.blockSignals(True)
        self.clear()
        for run in [] if project is None else project.runs.all():
            if run.steps_done:
                self._add(run.name, f"{run.name}   {_figures(run)}".rstrip(), run.name in ticked)
        for reader in readers if len(readers) > 1 else ():
            key = key_of(reader)
            self._add(key, key, key in ticked)
        self.blockSignals(False)

    def choose(self, keys: Sequence[str]) -> None:
        """Tick these, and no others."""
        self.blockSignals(True)
        for item in self._items():
            item.setCheckState(_ticked(item.data(_KEY) in keys))
        self.blockSignals(False)
        self.changed.emit()

    def ticked(self) -> list[str]:
        """Give the keys of what is ticked, runs first."""
        return [item.data(_KEY) for item in self._items() if item.checkState() == Qt.CheckState.Checked]

    def runs(self) -> list[str]:
        """Give the names of the runs that are ticked."""
        return [key for key in self.ticked() if not key.endswith(_READER)]

    def readers(self) -> list[str]:
        """Give the names of the readers that are ticked."""
        return [key.removesuffix(_READER) for key in self.ticked() if key.endswith(_READER)]

    def mark(self, styles: Mapping[str, Style]) -> None:
        """Put the shape of each source that is shown before its name."""
        self.blockSignals(True)
        for item in self._items():
            style = styles.get(item.data(_KEY))
            item.setIcon(QIcon() if style is None else icon(style))
        self.blockSignals(False)

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(place) for place in range(self.count())]

    def _add(self, key: str, text: str, is_ticked: bool) -> None:
        item = QListWidgetItem(text)
        item.setData(_KEY, key)
        item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
        item.setCheckState(_ticked(is_ticked))
        self.addItem(item)


def key_of(reader: str) -> str:
    """Give the key of a reader, which no run can have: run names hold no blanks."""
    return f"{reader}{_READER}"


def _ticked(is_ticked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked


def _figures(run: RunRecord) -> str:
    error = [] if run.best_error_px is None else [f"{run.best_error_px:.1f} px on val"]
    dice = [] if run.best_dice is None else [f"Dice {100 * run.best_dice:.1f} % on val"]
    return ", ".join([*error, *dice])
