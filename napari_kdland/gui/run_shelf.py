"""The runs of the project: their table, the card of the chosen one, and what can be done with it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QInputDialog, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.event_words import size
from napari_kdland.gui.run_card import RunCard
from napari_kdland.gui.run_table import RunTable
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk
    from napari_kdland.jobs import RunStory
    from napari_kdland.project import RunRecord
    from napari_kdland.session.job_runner import JobHandle

_FOLLOW_MS = 5000
_NONE = "There is no run yet. A teacher comes first: it learns from the labels of train."
_COMING = "There is no run yet. The first one stands here as soon as its training begins."
_NOT_CHOSEN = "No run is selected. Select one in the table."


class RunShelf(QTabWidget):
    """Lists runs, tells of the chosen one, renames and deletes it.

    Attributes
    ----------
    resume_wanted, copy_wanted
        Emit the run that is to go on, or whose recipe and settings are to fill the form.
    first_wanted
        Emits where there is no run yet, and one is to be trained as the form is filled.
    told
        Emits the story of the chosen run when it has been read; `story` keeps it.
    """

    resume_wanted = Signal(object)
    copy_wanted = Signal(object)
    first_wanted = Signal()
    told = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._reading: JobHandle[RunStory] | None = None
        self._is_stale = False
        self.story: RunStory | None = None
        self.table, self.card, self.disk = RunTable(), RunCard(), words()
        self.empty = EmptyState(_NONE).offer(
            "Train the first run", self.first_wanted.emit, "Start as the form is filled"
        )
        self._actions = QWidget()
        self._build()
        self.table.itemSelectionChanged.connect(self._read)
        self._timer = QTimer(self)
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        self._timer.start()

    def look_at_project(self) -> None:
        """List the runs again, and read the chosen one again."""
        self.table.look_at(self._desk.session.project)
        n_runs = len(self.table.all)
        self.setTabText(0, f"Runs ({n_runs})")
        stopped = [run.name for run in self.table.all if run.status == "stopped"]
        told = [f"{n_runs} run{'s' * (n_runs > 1)}, {size(self.table.size_bytes)} on disk"] if n_runs else []
        self.empty.setVisible(not n_runs)
        for widget in (self.table, self._actions, self.disk):
            widget.setVisible(bool(n_runs))
        self.disk.setText(". ".join([*told, *([f"Stopped, to be resumed: {', '.join(stopped)}"] if stopped else [])]))
        self._read()

    def await_first(self, *, is_busy: bool) -> None:
        """Offer the first training, or say that it is on its way."""
        self.empty.words.setText(_COMING if is_busy else _NONE)
        self.empty.button.setVisible(not is_busy)

    def release(self) -> None:
        """Follow no run any more."""
        self._timer.stop()

    def choose(self, name: str) -> None:
        """Choose a run by name."""
        self.table.choose(name)

    def chosen_or_refused(self) -> RunRecord | None:
        """Give the chosen run; where none is, say so."""
        run = self.table.chosen()
        if run is None:
            self._desk.refuse(_NOT_CHOSEN)
        return run

    def rename(self) -> None:
        """Ask for another name for the chosen run."""
        run = self.chosen_or_refused()
        if run is None:
            return
        name, is_given = QInputDialog.getText(self, "Rename run", "New name", text=run.name)
        session = self._desk.session
        if is_given and self._desk.attempt(session.the_project().runs.rename, run.name, name.strip()):
            session.runs_changed.emit()
            self.choose(name.strip())
            self._desk.say(f"{run.name} is called {name.strip()} now.")

    def delete(self) -> None:
        """Delete the chosen run, after asking; the question names the runs that it taught."""
        run = self.chosen_or_refused()
        if run is None:
            return
        session = self._desk.session
        students = jobs.students_of(session.the_project(), run.name)
        if QMessageBox.question(self, "KDLand", question(run, students)) != QMessageBox.StandardButton.Yes:
            return
        if self._desk.attempt(session.the_project().runs.delete, run.name):
            session.runs_changed.emit()
            self._desk.say(f"{run.name} was deleted.")

    def _build(self) -> None:
        runs = QWidget()
        inner = QVBoxLayout(runs)
        inner.setContentsMargins(0, 2, 0, 0)
        inner.setSpacing(2)
        inner.addWidget(self.empty)
        inner.addWidget(self.table, 1)
        self._actions.setLayout(
            row(
                button("Resume", partial(self._ask, self.resume_wanted), "Go on with a stopped run"),
                button(
                    "Duplicate ...",
                    partial(self._ask, self.copy_wanted),
                    "Fill the form with recipe, teachers, labels and seed of this run, to change something",
                ),
                button("Rename ...", self.rename, "Give the run and its folder another name; its students follow"),
                button("Delete ...", self.delete, "Delete the run with its weights and predictions, after asking"),
            )
        )
        self._actions.layout().setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._actions)
        inner.addWidget(self.disk)
        inner.addStretch(0)
        self.addTab(runs, "Runs")
        self.addTab(self.card, "Card")
        self.setTabToolTip(1, "Recipe, teachers, data, device and log of the chosen run")
        self.setDocumentMode(True)

    def _ask(self, wanted: Signal) -> None:
        run = self.chosen_or_refused()
        if run is not None:
            wanted.emit(run)

    def _follow(self) -> None:
        """Look again at a run that trains, in this window or another: how far it is, and when it last told anything."""
        run = self.table.chosen()
        if self.isVisible() and run is not None and run.status == "running":
            self.look_at_project()

    def _read(self) -> None:
        """Read the chosen run, once more where one is being read already."""
        self._is_stale = True
        if self.table.chosen() is None:
            self.story = None
            self.card.clear()
        elif self._reading is None and not self._desk.is_closing:
            self._begin()

    def _begin(self) -> None:
        run, project = self.table.chosen(), self._desk.session.project
        self._is_stale = False
        if run is not None and project is not None:
            job = partial(jobs.describe_run, project.path, run.name)
            self._reading = self._desk.runner.start("Read the run", job, on_end=self._on_read)

    def _on_read(self, handle: JobHandle[RunStory]) -> None:
        self._reading = None
        run, story = self.table.chosen(), handle.result
        if story is not None and run is not None and story.run.folder == run.folder:
            self.story = story
            self.card.show_story(story)
            self.told.emit(story)
        if self._is_stale and not self._desk.is_closing:
            self._begin()


def question(run: RunRecord, students: tuple[str, ...]) -> str:
    """Ask whether a run may be deleted."""
    lines = [f"Delete the run {run.name} with its weights and predictions ({size(run.size_bytes)})?"]
    if students:
        lines.append(
            f"It was teacher or beginning of {', '.join(students)}. These stay and can predict; one that is not "
            "finished could not be resumed any more."
        )
    return " ".join(lines)
