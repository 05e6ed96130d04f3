"""The Train panel: set a training up, watch it, stop it, go on with it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QMessageBox, QSplitter, QVBoxLayout

from napari_kdland.errors import OutOfMemory
from napari_kdland.events import Advanced, Event, Measured, Probed, Saved, Started
from napari_kdland.gui.activity import Activity
from napari_kdland.gui.curves import Curves
from napari_kdland.gui.doubt_box import DoubtBox
from napari_kdland.gui.event_words import duration
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.pace import Pace
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.probe_strip import ProbeStrip
from napari_kdland.gui.queue_list import QueueList
from napari_kdland.gui.run_shelf import RunShelf
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.training_setup import TrainingSetup
from napari_kdland.gui.widgets import Fitting, Section, button, row, vertical, words
from napari_kdland.session.foresight import Concerns
from napari_kdland.session.job_runner import JobHandle, JobStatus
from napari_kdland.session.smaller_batch import in_words, with_half_the_batch
from napari_kdland.session.training_requests import resumption

if TYPE_CHECKING:
    from qtpy.QtCore import QEvent

    from napari_kdland.gui.desk import Desk
    from napari_kdland.jobs import RunStory
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.session.next_round import NextRound
    from napari_kdland.session.training_requests import TrainingRequest

_LATE_S = 10.0
_HALVE = "Fill the form as the training that ran out of memory, with half the images a step and twice the steps"


class TrainPanel(Panel):
    """Trains runs in the background and shows how they fare.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    is_about_images = False
    without_project = "Here a teacher learns from its labels, and students learn from the teacher."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setup = TrainingSetup(desk)
        self.jobs = JobRow(desk.runner, desk.names.all, can_stop=False)
        self.curves = Curves()
        self.shelf, self.queue, self.probes = RunShelf(desk), QueueList(desk), ProbeStrip(desk)
        self.pace, self.pace_text, self.heartbeat = Pace(), words(), words()
        self.heartbeat.setWordWrap(False)
        self._run_name = self._drawn = ""
        self._is_discarding = self._waits = False
        self._by_hand: JobHandle[Any] | None = None
        self.start_button = button("Start", self.start, "Train a new run")
        self.pause_button = button("Pause", self.pause, "Hold the training; the device stays taken")
        self.stop_button = button("Stop, keep best", self.stop, "Stop and keep what was learnt; can be resumed")
        self.discard_button = button("Discard", self.discard, "Stop and delete the run")
        self._too_big: TrainingRequest | None = None
        self._home_of_too_big: Path | None = None
        self.halve_button = button("Halve the batch", self._halve, _HALVE)
        self._activity = Activity()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_clock)
        self._build()
        desk.trainings.begun.connect(self._on_handle)
        desk.trainings.changed.connect(self._on_change)
        desk.trainings.doubted.connect(self._on_doubt)
        self.setup.changed.connect(self._on_change)
        self.session.project_changed.connect(self._on_project)
        self.session.images_changed.connect(self._on_project)
        self.session.runs_changed.connect(self._on_project)
        self.shelf.resume_wanted.connect(self.resume)
        self.shelf.copy_wanted.connect(self._copy)
        desk.training_wanted.connect(self._set_up_round)
        self.shelf.told.connect(self._draw)
        self.shelf.first_wanted.connect(self.start)
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
            self.pace.rest()
        self._on_clock()

    def stop(self) -> None:
        """Stop the training; what it learnt is kept and it can be resumed."""
        self.jobs.stop()
        self._on_change()

    def discard(self) -> None:
        """Stop the training and delete its run, after asking."""
        # Memory and time are foreseen before the run is begun and has its name.
        lost = f"Stop and delete the run {self._run_name}? What it has learnt is lost."
        question = lost if self._run_name else "Stop before the run begins? Nothing has been learnt yet."
        if QMessageBox.question(self, "KDLand", question) == QMessageBox.StandardButton.Yes:
            self._is_discarding = True
            self.stop()

    def resume(self, run: RunRecord) -> None:
        """Go on with a run that was stopped."""
        self.desk.attempt(self._resume, run)

    def release(self) -> None:
        """Stop the clock and let go of the queue."""
        self._clock.stop()
        self._activity.close()
        self.queue.release()
        self.shelf.release()
        self.probes.release()
        self.desk.trainings.begun.disconnect(self._on_handle)
        self.desk.trainings.changed.disconnect(self._on_change)
        self.desk.trainings.doubted.disconnect(self._on_doubt)

    def _start(self) -> None:
        request = self.setup.request()
        self.halve_button.hide()
        self._ask(request)
        if self._waits:  # that name is given away
            self.setup.name.clear()

    def _resume(self, run: RunRecord) -> None:
        setup = self.setup
        device, in_child = setup.device.currentData(), setup.in_child.isChecked()
        request = resumption(
            self.session.the_project(), run.name, device, in_child=in_child, probes=self.desk.probes.images
        )
        self._ask(request)

    def _ask(self, request: TrainingRequest) -> None:
        self._waits = not self.desk.trainings.ask(request)
        if not self._waits:
            self._by_hand = self.desk.trainings.handle
        else:
            self.desk.say(f"{request.title} waits for its turn.")

    def _on_handle(self, handle: JobHandle[Any]) -> None:
        """Follow a training that begins."""
        self._run_name = self._drawn = ""
        self._is_discarding = False
        self.curves.clear()
        self.desk.probes.begin()
        self.pace.begin(None)
        self.jobs.follow(handle, on_event=self._told, on_end=self._ended)
        self._activity.follow(handle)
        self._section.set_open(False)
        self._watch.show()
        self._clock.start()

    def _told(self, event: Event) -> None:
        self.pace.hear()
        if self._drawn in ("", self._run_name):
            if isinstance(event, Measured):
                self.curves.add(event)
            self.shelf.card.hear(event)
        if isinstance(event, Measured):
            if event.is_validation:
                self._on_runs()
        elif isinstance(event, Started):
            # Before and between the steps, images are read, and teachers asked of them.
            self.pace.begin(event.total, "step" if event.title.startswith("Training") else "image")
            if self._run_name:
                self.jobs.head(f"{self._run_name}: {event.title}")
        elif isinstance(event, Saved) and event.what == "run":
            self._on_begun(Path(event.path).name)
        elif isinstance(event, Advanced):
            self.pace.advance(event.done)
        elif isinstance(event, Probed):
            self._see(event)

    def _see(self, event: Probed) -> None:
        project, request = self._trained_project(), self.desk.trainings.request
        if project is not None and request is not None:
            self.desk.probes.see(event, project.path, request.recipe.input.size)

    def _on_begun(self, run: str) -> None:
        """Show the card of the run as soon as it has a name."""
        self._run_name = run
        self._on_runs()
        if self._trained_project() is None:  # another project is open by now
            return
        self.shelf.choose(run)
        if self.setup.name.text().strip() == run:
            self.setup.name.clear()

    def _draw(self, story: RunStory) -> None:
        """Draw the curves of the chosen run; those of the one that trains here go on."""
        handle, name = self.jobs.handle, story.run.name
        is_live = self.jobs.is_busy and name == self._run_name
        if is_live and name == self._drawn:
            return
        self._drawn = name
        self.curves.clear()
        for event in (*story.events, *(handle.events if is_live and handle is not None else ())):
            if isinstance(event, Measured):
                self.curves.add(event)
        self.curves.show()
        was_shown = self._watch.isVisibleTo(self)
        self._watch.setVisible(is_live or was_shown or bool(story.events))
        if self._watch.isVisibleTo(self) and not was_shown:
            self._share_room(self._section.is_open)

    def _copy(self, run: RunRecord) -> None:
        if self.desk.attempt(self.setup.copy, run):
            self._section.set_open(True)
            self.desk.say(f"The form is filled as {run.name} was trained. Change what you like, then start.")

    def _set_up_round(self, wanted: NextRound) -> None:
        """Train as a run was trained, with all labels there are now; what is in the way is said beside the form."""
        project = self.session.project
        if project is None or not self.desk.attempt(self.setup.copy, project.runs.get(wanted.run)):
            return
        self.setup.labels.setValue(0)
        self._section.set_open(True)
        problem = self.setup.problem()
        if problem:
            self.desk.refuse(problem)
        elif self.desk.attempt(self._start):
            joined = f"{wanted.n_joined} images of the pool joined train. " if wanted.n_joined else ""
            how = f"as {wanted.run} was trained, with all labels there are now"
            begins = "It waits for its turn" if self._waits else "The next round begins"
            self.desk.say(f"{joined}{begins}, {how}.")

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
        elif isinstance(handle.result, Concerns):
            self.jobs.head(f"{handle.title}: not begun.")
        elif handle.status is JobStatus.DONE:
            self.jobs.say(f"The run {self._run_name} is finished. Compare shows it beside others.")
        self.probes.look()
        if isinstance(handle.failure, OutOfMemory):
            # Kept: the next in the queue may have begun, or another form be filled, when the user looks.
            self._too_big, self._home_of_too_big = self.desk.trainings.request, self.desk.trainings.home
            self.halve_button.show()
        if not self.desk.is_closing:
            self.session.runs_changed.emit()

    def _on_doubt(self, doubts: Concerns) -> None:
        """Ask where the user has just started it; one that came from the queue waits with the reason shown."""
        if self.jobs.handle is self._by_hand and not self.desk.is_closing:
            DoubtBox(self, self.desk, doubts).open()
        else:
            self.shelf.setCurrentWidget(self.queue)

    def _trained_project(self) -> Project | None:
        """Give the project that is trained in; `None` where the user has opened another one meanwhile."""
        project = self.session.project
        return project if project is not None and project.path == self.desk.trainings.home else None

    def _build(self) -> None:
        self._section = Section("Set up", self.setup)
        upper = Fitting()
        watch = QVBoxLayout(upper)
        watch.setContentsMargins(0, 0, 0, 0)
        watch.addWidget(self.jobs)
        watch.addLayout(row(self.pace_text, self.heartbeat, self.halve_button, stretch=0))
        watch.addWidget(self.curves, 1)
        self._watched = Section("Watched images", self.probes)
        watch.addWidget(self._watched)
        self.shelf.addTab(self.queue, "")
        self.shelf.setTabToolTip(2, "Trainings that wait for their turn")
        self._watch = upper
        upper.hide()
        self._parts: QSplitter = vertical(self._section, upper, self.shelf)
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
        self._watched.set_open(not is_set_up)
        self._parts.setSizes([600, 250, 150] if is_set_up else [20, 750, 230])

    def _on_project(self) -> None:
        self.setup.look_at(self.session.project)
        self._on_runs()

    def _on_runs(self) -> None:
        self.shelf.look_at_project()

    def _on_change(self) -> None:
        is_busy = self.jobs.is_busy
        status = self.jobs.handle.status if self.jobs.handle is not None else None
        problem = self.setup.problem()
        self.start_button.setEnabled(not problem)
        self.start_button.setText("Add to queue" if is_busy else "Start")
        self.start_button.setToolTip(problem or ("Train it after those that wait" if is_busy else "Train a new run"))
        self.shelf.await_first(is_busy=is_busy)
        self.shelf.empty.button.setEnabled(not problem)
        self.shelf.setTabText(2, f"Waiting ({len(self.desk.trainings.waiting)})")
        self.pause_button.setEnabled(is_busy and status is not JobStatus.STOPPING)
        self.pause_button.setText("Go on" if status is JobStatus.PAUSED else "Pause")
        self.stop_button.setEnabled(is_busy and status is not JobStatus.STOPPING)
        self.discard_button.setEnabled(is_busy and status is not JobStatus.STOPPING)

    def _on_clock(self) -> None:
        silence, is_busy = self.pace.silence, self.jobs.is_busy
        is_paused = self.jobs.handle is not None and self.jobs.handle.status is JobStatus.PAUSED
        self.pace_text.setText(self.pace.text() if is_busy else "")
        if is_paused:
            self.desk.attempt(self.desk.trainings.keep_alive, self._run_name)
        heard = "paused" if is_paused else "" if silence is None else f"last event {duration(silence)} ago"
        self.heartbeat.setText(heard if is_busy else "")
        self.heartbeat.set_tone(Tone.NOTE if (silence or 0) > _LATE_S and not is_paused else Tone.PLAIN)
        is_chosen = is_busy and self._drawn == self._run_name != ""
        told = (self.pace_text.text(), self.heartbeat.text()) if is_chosen else ()
        self.shelf.card.tell_pace(" · ".join(part for part in told if part))
        self._on_change()

    def _halve(self) -> None:
        """Fill the form as the training was ordered that ran out of memory, whatever was set up or began since."""
        request, project = self._too_big, self.session.project
        if request is None or project is None or project.path != self._home_of_too_big:
            self.desk.refuse("The training that ran out of memory is of another project. Open that one first.")
        elif self.desk.attempt(lambda: self.setup.fill(with_half_the_batch(project, request))):
            self._section.set_open(True)
            self.halve_button.hide()
            change = in_words(request.recipe, self.setup.form.recipe())
            self.desk.say(f"The form is filled as {request.title} was, with {change}. Look at it, then start.")
