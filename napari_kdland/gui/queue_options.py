"""How a queue is made that looks at more than predictions: the strategy and count of the next, networks for doubts."""

# mypy: allow-subclassing-any
from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.acquisition import STRATEGIES
from napari_kdland.gui.recent import window_settings
from napari_kdland.gui.widgets import form_of, label
from napari_kdland.jobs.ranking import QueueWish

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "queues"
_NEXT, _DOUBTS = "label-next", "doubtful-labels"
# Of so many projects; the oldest are forgotten.
_KEPT = 200
_BY_TIP = "Which images are worth a label: docs/labelling-next.md tells the strategies. Random needs no run"
_COUNT_TIP = "How many images are chosen, 1 to 10,000; fewer where fewer have no landmarks"
_FOLDS_TIP = (
    "Networks that are trained to contradict labels, each without those of its own part; minutes for each. None: what "
    "networks of an earlier look predicted is held against the labels all the same"
)
_THRESHOLD_TIP = (
    "From how many times the usual spread on a label is doubted: lower finds more, and doubts more that is right"
)


class QueueOptions(QWidget):
    """A form of what the chosen kind of queue asks for; remembered for each project in the user's settings.

    Attributes
    ----------
    changed
        Emitted when the user has changed something.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.by, self.count, self.folds, self.threshold = QComboBox(), QSpinBox(), QSpinBox(), QDoubleSpinBox()
        self._project: Path | None = None
        for entry in STRATEGIES:
            self.by.addItem(entry.resolve().title, entry.name)
            self.by.setItemData(self.by.count() - 1, entry.summary, Qt.ItemDataRole.ToolTipRole)
        self.count.setRange(1, 10_000)
        self.count.setSuffix(" images")
        self.folds.setRange(0, 10)
        self.folds.setSpecialValueText("none")
        self.threshold.setRange(0.5, 50)
        self.threshold.setSingleStep(0.5)
        self.threshold.setDecimals(1)
        self.threshold.setSuffix(" times the spread")
        self._form = form_of(self)
        self._rows = {self.by: _NEXT, self.count: _NEXT, self.folds: _DOUBTS, self.threshold: _DOUBTS}
        for name, field, tip in (
            ("Strategy", self.by, _BY_TIP),
            ("How many", self.count, _COUNT_TIP),
            ("Networks", self.folds, _FOLDS_TIP),
            ("Doubted from", self.threshold, _THRESHOLD_TIP),
        ):
            field.setToolTip(tip)
            self._form.addRow(label(name, tip), field)
        self._show(QueueWish())
        self.by.currentIndexChanged.connect(lambda _: self._on_change())
        for field in (self.count, self.folds, self.threshold):
            field.valueChanged.connect(lambda _: self._on_change())

    def look_at(self, project: Path | None) -> None:
        """Show how queues of a project were made last."""
        if project != self._project:
            self._project = project
            self._show(_stored().get(str(project), QueueWish()))

    def show_for(self, kind: str) -> None:
        """Show the fields of a kind of queue; none where it has none."""
        for field, of_kind in self._rows.items():
            field.setVisible(kind == of_kind)
            self._form.labelForField(field).setVisible(kind == of_kind)
        self.setVisible(kind in self._rows.values())

    def wish(self) -> QueueWish:
        """Give what is chosen; one fold is none: a network needs labels of others to learn from."""
        folds = self.folds.value()
        return QueueWish(self.by.currentData(), self.count.value(), folds if folds > 1 else 0, self.threshold.value())

    def _show(self, wish: QueueWish) -> None:
        self.blockSignals(True)
        for field in self._rows:
            field.blockSignals(True)
        self.by.setCurrentIndex(max(0, self.by.findData(wish.by)))
        self.count.setValue(wish.count)
        self.folds.setValue(wish.folds)
        self.threshold.setValue(wish.threshold)
        for field in self._rows:
            field.blockSignals(False)
        self.blockSignals(False)

    def _on_change(self) -> None:
        if self.folds.value() == 1:  # on the way up or down
            self.folds.setValue(2)
            return
        if self._project is not None:
            others = {path: each for path, each in _stored().items() if path != str(self._project)}
            latest = list({str(self._project): self.wish(), **others}.items())[:_KEPT]
            window_settings().setValue(_KEY, json.dumps({path: asdict(wish) for path, wish in latest}))
        self.changed.emit()


def _stored() -> dict[str, QueueWish]:
    try:
        values = json.loads(str(window_settings().value(_KEY, "{}")))
        return {str(path): QueueWish(**wish) for path, wish in values.items()}
    except (ValueError, TypeError, AttributeError, UsageError):  # settings that somebody has edited by hand
        return {}
