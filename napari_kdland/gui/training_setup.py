"""What to train: the recipe with its form, labelled images, seed, device and teachers."""

# mypy: allow-subclassing-any
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFileDialog, QFormLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.errors import KdlandError
from napari_kdland.gui.forms import RecipeForm
from napari_kdland.gui.widgets import Section, button, row, scrolling, words
from napari_kdland.recipes import load_recipe, ready_made_recipes

if TYPE_CHECKING:
    from napari_kdland.engine.devices import Device
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project
    from napari_kdland.session.job_runner import JobHandle

_FOLDER = "Run folder ..."
_FIRST = "supervised"


class TrainingSetup(QWidget):
    """Asks for everything that a training needs and says what is missing.

    Parameters
    ----------
    desk
        What it works on.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.recipe = QComboBox()
        self.recipe.addItems(ready_made_recipes())
        self.recipe.setCurrentText(_FIRST)
        self.form = RecipeForm()
        self.labels, self.seed = QSpinBox(), QSpinBox()
        self.labels.setSpecialValueText("all annotated")
        self.seed.setMaximum(2**31 - 1)
        self.device = QComboBox()
        self.device.addItem("Automatic", "auto")
        self.in_child = QCheckBox("In a process of its own")
        self.in_child.setToolTip("A fault of the device or its driver then cannot touch this window")
        self.name = QLineEdit()
        self.name.setPlaceholderText("made from recipe, labels and seed")
        self.counts, self.missing = words(), words()
        self.missing.setStyleSheet("color: #f0c040;")
        self.teachers: list[QComboBox] = []
        self._teacher_form = QFormLayout()
        self._build()
        self.recipe.currentTextChanged.connect(self._on_recipe)
        self.form.changed.connect(self._on_form)
        self.labels.valueChanged.connect(self._check)
        self._on_recipe()
        desk.runner.start("Look for devices", jobs.list_devices, on_end=self._on_devices)

    def order(self) -> jobs.TrainingOrder:
        """Give what is to be trained.

        Raises
        ------
        RecipeError
            If the form's values do not go together.
        """
        return jobs.TrainingOrder(
            self.form.recipe(),
            labels=self.labels.value() or None,
            seed=self.seed.value(),
            teachers=tuple(box.currentData() for box in self.teachers),
            device=self.device.currentData(),
            name=self.name.text().strip() or None,
        )

    def look_at(self, project: Project | None) -> None:
        """Count what there is to train on, and list the runs that can teach."""
        if project is not None:
            labelled = len(project.annotations.labelled_ids("train"))
            validation = len(project.annotations.labelled_ids("val"))
            pool = project.records.count(split="train") + project.records.count(split="pool") - labelled
            self.labels.setMaximum(labelled)
            self.counts.setText(
                f"{labelled} annotated images in train, {pool} unlabelled in train and pool, "
                f"{validation} annotated in val"
            )
        for box in self.teachers:
            self._fill_teachers(box, project)
        self._check()

    def problem(self) -> str:
        """Say why a training cannot start; empty where it can."""
        project = self._desk.session.project
        if project is None:
            return "No project is open."
        if not project.annotations.labelled_ids("train"):
            return "No image of the train split has landmarks. Place some, or put annotated images into train."
        if any(box.currentData() in (None, "") for box in self.teachers):
            return "Choose a run for each teacher. Train one with the recipe supervised and the backbone teacher."
        try:
            self.form.recipe()
        except KdlandError as error:
            return str(error)
        return ""

    def halve_batch(self) -> None:
        """Train with half the images a step: what to do where the device has no memory left."""
        for key in ("labelled_batch", "unlabelled_batch"):
            widget = self.form.widget_at("training", key)
            if widget.value > 1:
                widget.value //= 2

    def _build(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 6, 0)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow("Recipe", _beside(self.recipe, button("File ...", self._choose_file, "A recipe of your own")))
        top.addRow("Labelled images", self.labels)
        top.addRow("Seed", self.seed)
        top.addRow("Device", self.device)
        top.addRow("", self.in_child)
        top.addRow("Name", self.name)
        layout.addLayout(top)
        layout.addLayout(self._teacher_form)
        layout.addWidget(self.counts)
        layout.addWidget(Section("Recipe", self.form))
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content), 1)
        outer.addWidget(self.missing)

    def _choose_file(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, "Recipe", filter="Recipes (*.toml)")
        if found and self.recipe.findText(found) < 0:
            self.recipe.addItem(found)
        if found:
            self.recipe.setCurrentText(found)

    def _on_recipe(self) -> None:
        self._desk.attempt(lambda: self.form.set_recipe(load_recipe(self.recipe.currentText())))

    def _on_form(self) -> None:
        try:
            wanted = self.form.recipe().teacher.count
        except KdlandError:
            wanted = len(self.teachers)
        while len(self.teachers) > wanted:
            self._teacher_form.removeRow(self.teachers.pop())
        while len(self.teachers) < wanted:
            box = QComboBox()
            self._fill_teachers(box, self._desk.session.project)
            box.activated.connect(self._on_teacher)
            self._teacher_form.addRow(f"Teacher {len(self.teachers) + 1}" if wanted > 1 else "Teacher", box)
            self.teachers.append(box)
            box.setCurrentIndex(min(len(self.teachers) - 1, box.count() - 2))
        self._check()

    def _fill_teachers(self, box: QComboBox, project: Project | None) -> None:
        chosen = box.currentData()
        box.clear()
        for run in [] if project is None else project.runs.all():
            if run.status == "done":
                error = "" if run.best_error_px is None else f"  ({run.best_error_px:.1f} px)"
                box.addItem(run.name + error, run.name)
        if chosen and box.findData(chosen) < 0:
            box.addItem(Path(chosen).name, chosen)
        box.addItem(_FOLDER, "")
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen else 0)

    def _on_teacher(self, _index: int) -> None:
        box = self.sender()
        if box.currentData() == "":
            found = QFileDialog.getExistingDirectory(self, "Folder of a run, with a run.toml in it")
            if found:
                box.insertItem(0, Path(found).name, found)
                box.setCurrentIndex(0)
        self._check()

    def _on_devices(self, handle: JobHandle[tuple[Device, ...]]) -> None:
        for device in handle.result or ():
            free = "" if device.free_bytes is None else f", {device.free_bytes / 2**30:.1f} GiB free"
            self.device.addItem(f"{device.title}{free}", device.name)

    def _check(self) -> None:
        problem = self.problem()
        self.missing.setText(problem)
        self.missing.setVisible(bool(problem))
        self.changed.emit()


def _beside(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    layout = row(*widgets, stretch=0)
    layout.setContentsMargins(0, 0, 0, 0)
    holder.setLayout(layout)
    return holder
