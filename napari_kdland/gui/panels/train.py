"""The Train panel: set a training up, watch it, stop it, go on with it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QInputDialog, QMessageBox, QSplitter, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.errors import OutOfMemory
from napari_kdland.events import Advanced, Event, Measured, Started
from napari_kdland.gui.curves import Curves
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.pace import Pace
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.run_table import RunTable
from napari_kdland.gui.training_setup import TrainingSetup
from napari_kdland.gui.widgets import Section, button, heading, row, vertical, words
from napari_kdland.session.isolation import in_child
from napari_kdland.session.job_runner import JobHandle, JobStatus, patiently
from napari_kdland.session.preparing import prepared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qtpy.QtCore import QEvent

    from napari_kdland.events import Job
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.recipes import Recipe


class TrainPanel(Panel):
    """Trains runs in the background and shows how they fare.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setup = TrainingSetup(desk)
        self.jobs = JobRow(desk.runner, can_stop=False)
        self.curves = Curves()
        self.runs = RunTable()
        self._pace, self._pace_text = Pace(), words()
        self._run_name = ""
        self._home: Path | None = None
        self._is_discarding = False
        self.start_button = button("Start", self.start, "Train a new run")
        self.pause_button = button("Pause", self.pause, "Hold the training; the device stays taken")
        self.stop_button = button("Stop, keep best", self.stop, "Stop and keep what was learnt; can be resumed")
        self.discard_button = button("Discard", self.discard, "Stop and delete the run")
        self.halve_button = button("Halve the batch", self._halve, "Then start again")
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_clock)
        self._build()
        self.setup.changed.connect(self._on_change)
        self.session.project_changed.connect(self._on_project)
        self.session.images_changed.connect(self._on_project)
        self.session.runs_changed.connect(self._on_project)
        self._on_project()

    def showEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Count again: the reader may have placed landmarks since."""
        super().showEvent(event)
        self.setup.look_at(self.session.project)

    def start(self) -> None:
        """Train a new run as it is set up."""
        problem = self.setup.problem()
        if problem:
            self.desk.refuse(problem)
        else:
            self.desk.attempt(self._start)

    def pause(self) -> None:
        """Hold the training, or let it go on."""
        handle = self.jobs.handle
        if handle is not None:
            handle.resume() if handle.status is JobStatus.PAUSED else handle.pause()
        self._on_change()

    def stop(self) -> None:
        """Stop the training; what it learnt is kept and it can be resumed."""
        self.jobs.stop()
        self._on_change()

    def discard(self) -> None:
        """Stop the training and delete its run, after asking."""
        question = f"Stop and delete the run {self._run_name}? What it has learnt is lost."
        if QMessageBox.question(self, "KDLand", question) == QMessageBox.StandardButton.Yes:
            self._is_discarding = True
            self.stop()

    def resume(self) -> None:
        """Go on with the chosen run."""
        run = self.runs.chosen()
        if run is None:
            self.desk.refuse("No run is selected. Select a stopped one in the table.")
            return
        self.desk.attempt(self._resume, run)

    def _start(self) -> None:
        order = self.setup.order()
        job = partial(jobs.train_run, self.session.the_project().path, order)
        self._run("Train", job, order.recipe)

    def _resume(self, run: RunRecord) -> None:
        project, device = self.session.the_project(), self.setup.device.currentData()
        job = partial(jobs.resume_run, project.path, run.name, device=device)
        self._run(f"Resume {run.name}", job, project.runs.recipe_of(run.name))

    def _run(self, title: str, job: Callable[[], Job[Any]], recipe: Recipe) -> None:
        self._run_name = ""
        self._home = self.session.the_project().path
        self._is_discarding = False
        self.curves.clear()
        self._pace.begin(None)
        self.halve_button.hide()
        if self.setup.in_child.isChecked():
            job = in_child(patiently(job))
        else:
            apart, path = self.desk.apart, self.session.the_project().path
            channels = (*recipe.input.channels, *recipe.teacher.channels)
            splits = ("train", "val", "pool")
            job = prepared(patiently(job), apart, path, size=recipe.input.size, splits=splits, channels=channels)
        if self.jobs.start(title, job, on_event=self._told, on_end=self._ended):
            self._section.set_open(False)
            self._watch.show()
            self._clock.start()
        self._on_change()

    def _told(self, event: Event) -> None:
        if isinstance(event, Measured):
            self.curves.add(event)
            if any(name.startswith("val_") for name in event.values):
                self._on_runs()
        elif isinstance(event, Started):
            self._pace.begin(event.total)
            project = self._trained_project()
            if project is not None:
                self._run_name = project.runs.training_owner() or self._run_name
            self._on_runs()
        elif isinstance(event, Advanced):
            self._pace.advance(event.done)

    def _ended(self, handle: JobHandle[Any]) -> None:
        self._clock.stop()
        self._on_clock()
        project = self._trained_project()
        is_unwanted = self._is_discarding and bool(self._run_name) and handle.status is not JobStatus.DONE
        if is_unwanted and project is not None:
            if self.desk.attempt(project.runs.delete, self._run_name):
                self.jobs.say(f"The run {self._run_name} was deleted.")
        elif handle.status is JobStatus.STOPPED:
            kept = "The best and the last weights are kept; select the run and resume to go on."
            self.jobs.say(f"Stopped. {kept}" if self._run_name else "Stopped before the training began.")
        elif handle.status is JobStatus.DONE:
            self.jobs.say(f"The run {self._run_name} is finished. Compare shows it beside others.")
        self.halve_button.setVisible(isinstance(handle.failure, OutOfMemory))
        if not self.desk.is_closing:
            self.session.runs_changed.emit()

    def _trained_project(self) -> Project | None:
        """Give the project that is trained in; `None` where the user has opened another one meanwhile."""
        project = self.session.project
        return project if project is not None and project.path == self._home else None

    def _build(self) -> None:
        self._section = Section("Set up", self.setup)
        upper, lower = QWidget(), QWidget()
        watch = QVBoxLayout(upper)
        watch.setContentsMargins(0, 0, 0, 0)
        watch.addWidget(self.jobs)
        watch.addLayout(row(self._pace_text, self.halve_button, stretch=0))
        watch.addWidget(self.curves, 1)
        table = QVBoxLayout(lower)
        table.setContentsMargins(0, 0, 0, 0)
        table.addWidget(heading("Runs"))
        table.addWidget(self.runs, 1)
        table.addLayout(
            row(
                button("Resume", self.resume, "Go on with a stopped run"),
                button("Rename ...", self._rename),
                button("Delete", self._delete, "Delete the run with its predictions"),
            )
        )
        self._watch = upper
        upper.hide()
        self._parts: QSplitter = vertical(self._section, upper, lower)
        for place, share in enumerate((4, 4, 1)):
            self._parts.setStretchFactor(place, share)
        self._section.opened.connect(self._share_room)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addLayout(row(self.start_button, self.pause_button, self.stop_button, self.discard_button))
        layout.addWidget(self._parts, 1)
        self.halve_button.hide()

    def _share_room(self, is_set_up: bool) -> None:
        """Give the room to what the user turns to: the form, or the curves."""
        self._parts.setSizes([600, 250, 150] if is_set_up else [20, 750, 230])

    def _on_project(self) -> None:
        self.setup.look_at(self.session.project)
        self._on_runs()

    def _on_runs(self) -> None:
        self.runs.look_at(self.session.project)

    def _on_change(self) -> None:
        is_busy = self.jobs.is_busy
        status = self.jobs.handle.status if self.jobs.handle is not None else None
        problem = self.setup.problem()
        self.start_button.setEnabled(not is_busy and not problem)
        self.start_button.setToolTip(problem or "Train a new run")
        self.pause_button.setEnabled(is_busy and status is not JobStatus.STOPPING)
        self.pause_button.setText("Go on" if status is JobStatus.PAUSED else "Pause")
        self.stop_button.setEnabled(is_busy and status is not JobStatus.STOPPING)
        self.discard_button.setEnabled(is_busy and status is not JobStatus.STOPPING)

    def _on_clock(self) -> None:
        self._pace_text.setText(self._pace.text())
        self._on_change()

    def _halve(self) -> None:
        self.setup.halve_batch()
        self._section.set_open(True)
        self.halve_button.hide()

    def _rename(self) -> None:
        run = self.runs.chosen()
        if run is None:
            self.desk.refuse("No run is selected. Select one in the table.")
            return
        name, is_given = QInputDialog.getText(self, "Rename run", "New name", text=run.name)
        if is_given and self.desk.attempt(self.session.the_project().runs.rename, run.name, name.strip()):
            self.session.runs_changed.emit()

    def _delete(self) -> None:
        run = self.runs.chosen()
        if run is None:
            self.desk.refuse("No run is selected. Select one in the table.")
            return
        question = f"Delete the run {run.name} with its weights and predictions?"
        if QMessageBox.question(self, "KDLand", question) != QMessageBox.StandardButton.Yes:
            return
        if self.desk.attempt(self.session.the_project().runs.delete, run.name):
            self.session.runs_changed.emit()
