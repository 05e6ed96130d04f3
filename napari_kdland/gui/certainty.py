"""How a run tells how sure it is, and from which radius on a landmark is to be looked at."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QDoubleSpinBox, QListWidget, QListWidgetItem, QSpinBox, QWidget

from napari_kdland.evaluation.abstention import Limit
from napari_kdland.gui.widgets import form_of, label
from napari_kdland.jobs.limits import chosen_limit
from napari_kdland.recipes.asking import WAYS, Asking

if TYPE_CHECKING:
    from napari_kdland.project import Project

_LEVELS = (0.8, 0.9, 0.95)
_WAY_TIP = (
    "Where standard deviations in the project and in the table come from; they are calibrated on the labelled images "
    "of val. What is drawn on the image comes from the heatmaps."
)
_BEYOND_TIP = (
    "A landmark whose truth may lie further away than this is marked as uncertain instead of shown as sure. The radius "
    "is calibrated on the labelled images of val; it is kept with the run."
)


class CertaintyChoice(QWidget):
    """A form of where standard deviations come from and which landmarks to mark."""

    def __init__(self) -> None:
        super().__init__()
        self.way, self.passes, self.others = QComboBox(), QSpinBox(), QListWidget()
        self.beyond, self.level = QDoubleSpinBox(), QComboBox()
        self._run: str | None = None
        for place, entry in enumerate(WAYS):
            self.way.addItem(entry.name, entry.name)
            self.way.setItemData(place, entry.summary, Qt.ItemDataRole.ToolTipRole)
        self.passes.setRange(2, 64)
        self.passes.setValue(Asking().passes)
        self.others.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.others.setMaximumHeight(84)
        self.beyond.setRange(0, 10_000)
        self.beyond.setDecimals(1)
        self.beyond.setSuffix(" px")
        self.beyond.setSpecialValueText("never")
        for level in _LEVELS:
            self.level.addItem(f"{100 * level:g} % of cases", level)
        self.form = form_of(self)
        self.form.addRow(label("Uncertainty by", _WAY_TIP), self.way)
        self.form.addRow(label("Passes", "Times that each image is looked at with dropout on"), self.passes)
        self.form.addRow(label("Beside", "Runs that learnt the same from another seed"), self.others)
        self.form.addRow(label("Look here beyond", _BEYOND_TIP), self.beyond)
        self.form.addRow(label("Radius holds in", "Probability that the truth lies within the radius"), self.level)
        self.way.currentIndexChanged.connect(lambda _: self._on_way())
        self._on_way()

    def look_at(self, project: Project | None, run: str | None) -> None:
        """Offer the other runs of a project, and show the limit that is kept with a run, where it is another run."""
        is_other, self._run = run != self._run, run
        ticked = () if is_other else self._ticked()
        self.others.clear()
        if project is None or not run:
            return
        for each in project.runs.all():
            if each.steps_done and each.name != run:
                item = QListWidgetItem(each.name)
                item.setCheckState(Qt.CheckState.Checked if each.name in ticked else Qt.CheckState.Unchecked)
                self.others.addItem(item)
        if is_other:
            self.show_limit(chosen_limit(project, run))

    def show_limit(self, limit: Limit) -> None:
        """Show a limit; a level that is not offered is offered from then on."""
        self.beyond.setValue(limit.beyond_px or 0)
        if self.level.findData(limit.level) < 0:
            self.level.addItem(f"{100 * limit.level:g} % of cases", limit.level)
        self.level.setCurrentIndex(self.level.findData(limit.level))

    def asking(self) -> Asking:
        """Give how the run is asked.

        Raises
        ------
        UsageError
            If an ensemble has no further runs.
        """
        how = self.way.currentData()
        return Asking(how, self._ticked() if how == "ensemble" else (), self.passes.value())

    def limit(self) -> Limit:
        """Give which landmarks to mark."""
        return Limit(self.beyond.value() or None, self.level.currentData())

    def _ticked(self) -> tuple[str, ...]:
        items = [self.others.item(place) for place in range(self.others.count())]
        return tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)

    def _on_way(self) -> None:
        how = self.way.currentData()
        for field, is_wanted in ((self.passes, how == "dropout"), (self.others, how == "ensemble")):
            field.setVisible(is_wanted)
            self.form.labelForField(field).setVisible(is_wanted)
