"""The runs of the project in a table: what they are, how far they are, how good."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from napari_kdland.project import Project, RunRecord

_HEADS = ("Run", "Labels", "Status", "Steps", "Best px", "Dice %", "MiB")
_TIPS = (
    "Name of the run and of its folder",
    "Labelled images that it learns from",
    "planned, running, stopped, done or failed",
    "Optimiser steps so far",
    "Lowest mean radial error on the validation images, in pixels",
    "Mean Dice of the regions at the best step, in percent",
    "What its folder takes on the disk, in MiB",
)
_ERROR, _DICE = 4, 5


class RunTable(QTableWidget):
    """Lists runs, the newest first; error and Dice have a column where a run has them."""

    def __init__(self) -> None:
        super().__init__(0, len(_HEADS))
        self.setHorizontalHeaderLabels(_HEADS)
        for place, tip in enumerate(_TIPS):
            self.horizontalHeaderItem(place).setToolTip(tip)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(72)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._runs: list[RunRecord] = []

    @property
    def all(self) -> tuple[RunRecord, ...]:
        """The runs, the newest first."""
        return tuple(self._runs)

    @property
    def size_bytes(self) -> int:
        """What all of them take on the disk."""
        return sum(run.size_bytes for run in self._runs)

    def choose(self, name: str) -> None:
        """Select a run by name."""
        for place, run in enumerate(self._runs):
            if run.name == name:
                self.selectRow(place)

    def look_at(self, project: Project | None) -> None:
        """List the runs of a project; the chosen one stays chosen."""
        chosen = self.chosen()
        is_quiet = self.blockSignals(True)
        try:
            self._list(project)
            self.clearSelection()
            if chosen is not None:
                self.choose(chosen.name)
        finally:
            self.blockSignals(is_quiet)

    def _list(self, project: Project | None) -> None:
        self._runs = [] if project is None else project.runs.all()[::-1]
        has_dice = any(run.best_dice is not None for run in self._runs)
        self.setColumnHidden(_DICE, not has_dice)
        self.setColumnHidden(_ERROR, has_dice and all(run.best_error_px is None for run in self._runs))
        self.setRowCount(len(self._runs))
        for place, run in enumerate(self._runs):
            for column, text in enumerate(_texts(run)):
                item = QTableWidgetItem(text)
                item.setToolTip(_tooltip(run))
                self.setItem(place, column, item)

    def chosen(self) -> RunRecord | None:
        """Give the run that is selected."""
        rows = self.selectionModel().selectedRows()
        return self._runs[rows[0].row()] if rows and rows[0].row() < len(self._runs) else None


def _texts(run: RunRecord) -> tuple[str, ...]:
    labels = "all" if run.labels is None else str(run.labels)
    best = "" if run.best_error_px is None else f"{run.best_error_px:.2f}"
    dice = "" if run.best_dice is None else f"{100 * run.best_dice:.1f}"
    return run.name, labels, run.status, str(run.steps_done), best, dice, f"{run.size_bytes / 2**20:.1f}"


def _tooltip(run: RunRecord) -> str:
    lines = [
        run.name,
        f"Recipe {run.recipe}, seed {run.seed}, device {run.device}, {run.size_bytes / 2**20:.1f} MiB",
        *([f"Taught by {', '.join(run.teachers)}"] if run.teachers else []),
        *([f"Began with {run.start}"] if run.start else []),
    ]
    return "\n".join([*lines, run.message]).strip()
