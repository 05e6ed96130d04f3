"""Choosing the runs that teach, and the one to begin with: only those that fit, and how to train one that does."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from napari_kdland.gui.widgets import Section, button, form_of, label, row, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.recipes import Recipe
    from napari_kdland.session.fitting import Finished, Stock

_NONE, _FOLDER = "Choose a run ...", "Run folder ..."


class RunBox(QComboBox):
    """Lists finished runs, and lets the user choose the folder of another one; its data are names or folders."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._on_activated)

    @property
    def run(self) -> str:
        """Name or folder of the chosen run; empty where none is chosen."""
        return self.currentData() or ""

    def fill(self, runs: Sequence[Finished], otherwise: int) -> None:
        """List runs; what was chosen stays where it still fits, else the one at this place is taken, if there is."""
        chosen = self.run
        self.clear()
        self.addItem(_NONE, "")
        for each in runs:
            self.addItem(_title(each), each.run.name)
        if chosen and Path(chosen).is_absolute():
            self.addItem(Path(chosen).name, chosen)
        self.insertSeparator(self.count())
        self.addItem(_FOLDER, None)
        place = self.findData(chosen) if chosen else -1
        self.setCurrentIndex(place if place > 0 else otherwise + 1 if otherwise < len(runs) else 0)

    def take(self, run: str) -> None:
        """Choose a run by name or folder, where it is listed or is a folder of another project."""
        if run and self.findData(run) < 0 and Path(run).is_absolute():
            self.insertItem(1, Path(run).name, run)
        self.setCurrentIndex(max(0, self.findData(run)))

    def _on_activated(self, index: int) -> None:
        if self.itemText(index) == _FOLDER:
            found = QFileDialog.getExistingDirectory(self, "Folder of a run, with a run.toml in it")
            if found:
                self.insertItem(1, Path(found).name, found)
            self.setCurrentIndex(1 if found else 0)
        self.chosen.emit()


class TeacherChoice(QWidget):
    """Asks for as many runs as a recipe wants."""

    changed = Signal()
    teacher_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.teachers: list[RunBox] = []
        self.start_box: RunBox | None = None
        self._recipe: Recipe | None = None
        self._stock: Stock | None = None
        rows = QWidget()
        self._form = form_of(rows)
        self._how = words()
        content = QWidget()
        how = QVBoxLayout(content)
        how.setContentsMargins(16, 0, 0, 4)
        how.addWidget(self._how)
        set_up = button("Set up a teacher", self.teacher_wanted.emit, "Put its recipe and settings into this form")
        how.addLayout(row(set_up))
        self.how_section = Section("How to train a teacher for this recipe", content, is_open=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(rows)
        layout.addWidget(self.how_section)

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen teachers, by name or folder."""
        return tuple(box.run for box in self.teachers)

    @property
    def start(self) -> str:
        """The run to begin with, by name or folder; empty where the recipe begins afresh."""
        return "" if self.start_box is None else self.start_box.run

    def ask_for(self, recipe: Recipe, stock: Stock | None) -> None:
        """Ask for the runs that a recipe wants, of those that fit."""
        is_other = self._recipe is None or self._recipe.name != recipe.name
        self._recipe, self._stock = recipe, stock
        self._make_boxes(recipe)
        fitting = [] if stock is None else stock.teachers(recipe)
        for place, box in enumerate(self.teachers):
            box.fill(fitting, place)
        if self.start_box is not None:
            self.start_box.fill([] if stock is None else stock.starts(recipe), 0)
        self.how_section.setVisible(bool(self.teachers))
        self._how.setText(f"<code>kdland train PROJECT {html.escape(recipe.teacher_command)}</code>")
        if is_other:
            self.how_section.set_open(len(fitting) < len(self.teachers) and len(recipe.teacher_settings) < 4)

    def choose(self, teachers: Sequence[str], start: str) -> None:
        """Choose runs by name or folder; one that is not there any more, or does not fit, stays to be chosen."""
        for box, name in zip(self.teachers, teachers, strict=False):
            box.take(name)
        if self.start_box is not None:
            self.start_box.take(start)
        self.changed.emit()

    def problem(self) -> str:
        """Say what is still to be chosen; empty where nothing is."""
        if "" in self.names:
            return f"Choose a run for each teacher. {self._wanted()}"
        if len(set(self.names)) < len(self.names):
            return "Two of the teachers are the same run. Choose different ones: an ensemble lives on disagreement."
        if self.start_box is not None and not self.start:
            return "Choose the run to begin with: a finished one of the same backbone, heads, channels and input size."
        return ""

    def _wanted(self) -> str:
        recipe = self._recipe
        if recipe is None or self._stock is None or not self._stock.finished:
            return "There is no finished run yet; train one first."
        fitting = len(self._stock.teachers(recipe))
        if fitting >= len(self.teachers):
            return ""
        channels = recipe.teacher.channels or recipe.input.channels
        heads = [name for name, is_on in recipe.heads.model_dump().items() if is_on]
        needs = [
            f"knows {' and '.join(heads)}",
            f"sees {', '.join(channels) if channels else 'the image alone'}",
            *(["was trained with dropout"] if recipe.teacher.source == "dropout" else []),
        ]
        return f"{fitting} of {len(self._stock.finished)} finished runs fit; it must be one that {', '.join(needs)}."

    def _make_boxes(self, recipe: Recipe) -> None:
        wants_start = recipe.student.start == "trained"
        if len(self.teachers) == recipe.teacher.count and (self.start_box is not None) == wants_start:
            return
        while self._form.rowCount():
            self._form.removeRow(0)
        several = recipe.teacher.count > 1
        titles = [f"Teacher {place + 1}" if several else "Teacher" for place in range(recipe.teacher.count)]
        self.teachers = [self._add_box(title, "A finished run that fits the recipe") for title in titles]
        self.start_box = (
            self._add_box("Begin with", "The run whose weights are the first ones") if wants_start else None
        )

    def _add_box(self, title: str, tooltip: str) -> RunBox:
        box = RunBox()
        box.chosen.connect(self.changed)
        self._form.addRow(label(title, tooltip), box)
        return box


def _title(finished: Finished) -> str:
    run = finished.run
    figures = [
        *([] if run.best_error_px is None else [f"{run.best_error_px:.1f} px"]),
        *([] if run.best_dice is None else [f"Dice {100 * run.best_dice:.1f} %"]),
    ]
    return f"{run.name}  ({', '.join(figures)})" if figures else run.name
