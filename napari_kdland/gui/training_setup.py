"""What to train: the recipe with its form, teachers, labelled images, seed and device."""

# mypy: allow-subclassing-any
from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.errors import KdlandError
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.foresight_view import ForesightView
from napari_kdland.gui.forms import RecipeForm
from napari_kdland.gui.recipe_chooser import RecipeChooser, told, told_at_length
from napari_kdland.gui.teacher_choice import TeacherChoice
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import Section, button, form_of, label, row, scrolling, words
from napari_kdland.recipes import load_recipe, ready_made_recipes
from napari_kdland.session.fitting import Stock, fitted, teacher_recipe
from napari_kdland.session.training_requests import TrainingRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.engine.devices import Device
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.recipes import Recipe
    from napari_kdland.session.job_runner import JobHandle


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
        self._stock: Stock | None = None
        self.recipes, self.form, self.choice = RecipeChooser(), RecipeForm(), TeacherChoice()
        self.labels, self.seed = QSpinBox(), QSpinBox()
        self.labels.setSpecialValueText("all")
        self.seed.setMaximum(2**31 - 1)
        self.device = QComboBox()
        self.device.addItem("Automatic", "auto")
        self.no_gpu = words(is_small=True)
        self.no_gpu.hide()
        self.in_child = QCheckBox("In a process of its own")
        self.in_child.setToolTip("A fault of the device or its driver then cannot touch this window")
        self.name = QLineEdit()
        self.name.setPlaceholderText("made from recipe, labels and seed")
        self.foresight = ForesightView(desk, self.request)
        self._told, self._about, self.counts = words(), words(), words()
        self.missing = EmptyState(tone=Tone.NOTE)
        self._build()
        self.recipes.currentIndexChanged.connect(self._on_recipe)
        self.form.changed.connect(self._on_form)
        self.choice.changed.connect(self._check)
        self.choice.teacher_wanted.connect(self.set_up_teacher)
        self.labels.valueChanged.connect(self._check)
        self.name.textChanged.connect(self._check)
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
            teachers=self.choice.names,
            start=self.choice.start,
            device=self.device.currentData(),
            name=self.name.text().strip() or None,
        )

    def request(self) -> TrainingRequest:
        """Give the order, and where it is to be done.

        Raises
        ------
        RecipeError
            If the form's values do not go together.
        """
        order = replace(self.order(), probes=self._desk.probes.images)
        return TrainingRequest(order, in_child=self.in_child.isChecked())

    def choose(self, recipe: str) -> None:
        """Choose a recipe by name or path; one that cannot be used is refused in words."""
        self._desk.attempt(self.recipes.choose, recipe)

    def set_up_teacher(self) -> None:
        """Put the training of a teacher for the chosen recipe into the form."""
        self._desk.attempt(self._set_up_teacher)

    def copy(self, run: RunRecord) -> None:
        """Fill the form as a run was trained, but for its name.

        Raises
        ------
        RunError, RecipeError
            If the project does not know the run's recipe, or it cannot be used any more.
        """
        recipe = self._desk.session.the_project().runs.recipe_of(run.name)
        self.fill(
            jobs.TrainingOrder(
                recipe, labels=run.labels, seed=run.seed, teachers=run.teachers, start=run.start, device=run.device
            )
        )

    def fill(self, order: jobs.TrainingOrder) -> None:
        """Fill the form as a training was ordered, but for its name."""
        if order.recipe.name in ready_made_recipes():
            self._choose_quietly(order.recipe.name)
        self._show(order.recipe)
        self.choice.choose(order.teachers, order.start)
        self.labels.setValue(order.labels or 0)
        self.seed.setValue(order.seed)
        self.device.setCurrentIndex(max(0, self.device.findData(order.device)))
        self.name.clear()
        self._check()

    def look_at(self, project: Project | None) -> None:
        """Count what there is to train on, and list the runs that can teach."""
        is_first = self._stock is None or (project is not None and self._stock.scheme != project.scheme)
        self._stock = None if project is None else Stock(project)
        if is_first and self._stock is not None:
            self._on_recipe()
        else:
            self._on_form()

    def problem(self) -> str:
        """Say why a training cannot start; empty where it can."""
        if self._stock is None:
            return "No project is open."
        try:
            recipe = self.form.recipe()
        except KdlandError as error:
            return str(error)
        return (
            self._stock.problem(recipe, self.labels.value() or None)
            or self.choice.problem()
            or self._desk.trainings.name_problem(self.name.text().strip())
        )

    def _remedy(self) -> tuple[str, Callable[[], None] | None, str]:
        """Give text, action and tooltip of the button for what the project lacks; no action where it lacks nothing."""
        if self._stock is None:
            return "To the Project panel", partial(self._desk.wanted.emit, "Project"), "Open a project, or make one"
        with suppress(KdlandError):
            found = self._stock.labels(self.form.recipe())
            if not found.train:
                return "To the Annotate panel", partial(self._desk.wanted.emit, "Annotate"), "Label images of train"
        return "", None, ""

    def _build(self) -> None:
        content, lower = QWidget(), QWidget()
        file = button("File ...", self._choose_file, "A recipe of your own")
        bottom = form_of(lower)
        bottom.addRow(label("Labelled images", "How many to learn from, by label rank"), self.labels)
        bottom.addRow(label("Seed", "Of first weights, order and changes"), self.seed)
        bottom.addRow(
            label("Device", "What it is trained on; automatic takes the GPU with most free memory"), self.device
        )
        bottom.addRow(self.no_gpu)
        bottom.addRow(label(""), self.in_child)
        bottom.addRow(label("Name", "Of the run"), self.name)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(4)
        layout.addLayout(row(self.recipes, file, stretch=0))
        for widget in (self._told, self.choice, self.form.first, lower, self.counts):
            layout.addWidget(widget)
        layout.addWidget(Section("What it follows, and where it departs", self._about, is_open=False))
        layout.addWidget(Section("All settings of the recipe", self.form, is_open=False))
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content), 1)
        outer.addWidget(self.missing)
        outer.addWidget(self.foresight)

    def _choose_file(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, "Recipe", filter="Recipes (*.toml)")
        if found:
            self.choose(found)

    def _on_recipe(self) -> None:
        self._desk.attempt(lambda: self._show(load_recipe(self.recipes.currentData())))

    def _set_up_teacher(self) -> None:
        wanted = teacher_recipe(self.form.recipe())
        self._choose_quietly(wanted.name)
        self._show(wanted)

    def _choose_quietly(self, name: str) -> None:
        """Choose a recipe in the list without loading it into the form."""
        is_quiet = self.recipes.blockSignals(True)
        try:
            self.recipes.choose(name)
        finally:
            self.recipes.blockSignals(is_quiet)

    def _show(self, recipe: Recipe) -> None:
        self._told.setText(told(recipe))
        self._about.setText(told_at_length(recipe))
        self.form.set_recipe(recipe if self._stock is None else fitted(recipe, self._stock.scheme))

    def _on_form(self) -> None:
        try:
            recipe = self.form.recipe()
        except KdlandError:  # said by `problem`
            self._check()
            return
        self.choice.ask_for(recipe, self._stock)
        if self._stock is not None:
            found = self._stock.labels(recipe)
            self.labels.setMaximum(found.train)
            self.counts.setText(
                f"{found.train} labelled images in train, {found.unlabelled} unlabelled in train and pool, "
                f"{found.val} labelled in val"
            )
        self._check()

    def _on_devices(self, handle: JobHandle[tuple[Device, ...]]) -> None:
        for device in handle.result or ():
            free = "" if device.free_bytes is None else f", {device.free_bytes / 2**30:.1f} GiB free"
            self.device.addItem(f"{device.title}{free}", device.name)

        if handle.result and all(device.name == "cpu" for device in handle.result):
            self.no_gpu.setText(
                "No GPU was found: it trains on the processor, often twenty times slower. "
                "Check before the start says how long it will take."
            )
            self.no_gpu.show()

    def _check(self) -> None:
        problem = self.problem()
        self.missing.offer(*self._remedy())
        self.missing.say(problem)
        self.foresight.check.setEnabled(not problem)
        self.foresight.forget()
        self.changed.emit()
