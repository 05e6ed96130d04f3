"""What a review queue is made of: the score, the runs, whose prediction is accepted, which images."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.evaluation.review_scores import MADE_BY_JOBS, REVIEW_SCORES, review_score
from napari_kdland.gui.queue_options import QueueOptions
from napari_kdland.gui.widgets import form_of, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.project import Project, Ranking, RunRecord

_NAME = Qt.ItemDataRole.UserRole


class QueueSetup(QWidget):
    """Asks for a queue.

    Attributes
    ----------
    changed
        Emitted when another score or other runs are chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind, self.lines, self.split = QComboBox(), QComboBox(), QComboBox()
        for entry in (*REVIEW_SCORES, *MADE_BY_JOBS):
            self.kind.addItem(entry.resolve().title, entry.name)
            self.kind.setItemData(self.kind.count() - 1, entry.summary, Qt.ItemDataRole.ToolTipRole)
        self.kind.setToolTip("What the queue is sorted by, the highest first; an image counts by its worst landmark")
        self.runs, self.options = QListWidget(), QueueOptions()
        self.runs.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.runs.setMaximumHeight(84)
        self.runs.setToolTip("The runs whose predictions are looked at; images they were not asked of are predicted")
        self.lines.addItem("Images", False)
        self.lines.addItem("Single landmarks", True)
        self.lines.setToolTip("Whether each line of the queue is an image or one landmark of it")
        self.split.addItem("train, val and pool", None)
        for name in jobs.RANKED_SPLITS:
            self.split.addItem(f"{name} alone", name)
        self.split.setToolTip("Which images the queue shows. Those of test are in none: they judge the runs")
        form_holder = QWidget()
        form = form_of(form_holder)
        form.addRow(label("Sort by", self.kind.toolTip()), self.kind)
        form.addRow(self.options)
        form.addRow(label("Runs", self.runs.toolTip()), self.runs)
        form.addRow(label("Lines", self.lines.toolTip()), self.lines)
        form.addRow(label("Images of", self.split.toolTip()), self.split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form_holder)
        self.kind.currentIndexChanged.connect(lambda _: self._on_kind())
        self.options.changed.connect(self.changed)
        self.options.show_for(self.kind.currentData())
        self.runs.itemChanged.connect(lambda _: self.changed.emit())

    def look_at(self, project: Project | None) -> None:
        """List the trained runs, the newest first; what was ticked stays, at first a student and its teacher."""
        self.options.look_at(None if project is None else project.path)
        before = self.chosen()
        trained = [] if project is None else [run for run in project.runs.all()[::-1] if run.steps_done]
        found = [run.name for run in trained]
        ticked = [name for name in found if name in before] or _pair(trained)
        self.runs.blockSignals(True)
        self.runs.clear()
        for name in found:
            item = QListWidgetItem(name)
            item.setData(_NAME, name)
            item.setCheckState(Qt.CheckState.Checked if name in ticked else Qt.CheckState.Unchecked)
            self.runs.addItem(item)
        self.runs.blockSignals(False)
        self.changed.emit()

    @property
    def trained(self) -> tuple[str, ...]:
        """The runs that there are to tick, the newest first."""
        return tuple(self.runs.item(place).data(_NAME) for place in range(self.runs.count()))

    def choose(self, kind: str, runs: Sequence[str]) -> None:
        """Choose a score and runs, and no others."""
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.runs.blockSignals(True)
        for place in range(self.runs.count()):
            item = self.runs.item(place)
            is_chosen = item.data(_NAME) in runs
            item.setCheckState(Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked)
        self.runs.blockSignals(False)
        self.changed.emit()

    def chosen(self) -> tuple[str, ...]:
        """Give the ticked runs, the oldest first: a student's teachers stand before it."""
        items = [self.runs.item(place) for place in range(self.runs.count())]
        return tuple(item.data(_NAME) for item in items[::-1] if item.checkState() == Qt.CheckState.Checked)

    def last(self, project: Project) -> Ranking | None:
        """Give the ranking that is asked for as far as it was made before.

        What a job of its own makes is found whichever runs it asked, as the command line may have made it of others or
        of none.
        """
        kind: str = self.kind.currentData()
        if kind in {entry.name for entry in MADE_BY_JOBS}:
            return project.scores.newest(kind)
        return project.scores.find(kind, self.chosen())

    def _on_kind(self) -> None:
        self.options.show_for(self.kind.currentData())
        self.changed.emit()

    def problem(self) -> str:
        """Say why no queue can be made; empty where one can."""
        kind = review_score(self.kind.currentData())
        missing = self.options.wish().n_runs(kind.name) - len(self.chosen())
        if missing <= 0:
            return ""
        if not self.runs.count():
            return "There is no trained run yet. Train one in the Train panel."
        return f"{kind.title}: tick {missing} more run{'s' if missing > 1 else ''}."


def _pair(runs: Sequence[RunRecord]) -> list[str]:
    """Give the newest run that was taught with its teachers; the two newest where none was."""
    names = [run.name for run in runs]
    for run in runs:
        teachers = [name for name in run.teachers if name in names]
        if teachers:
            return [run.name, *teachers]
    return names[:2]
