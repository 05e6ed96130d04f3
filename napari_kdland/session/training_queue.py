"""One training after the other: who trains now, who waits, and what happens when one ends."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_kdland.errors import KdlandError, NonFiniteLoss, OutOfMemory, RecipeError, RunError
from napari_kdland.project import Project
from napari_kdland.session.foresight import Concerns
from napari_kdland.session.isolation import here
from napari_kdland.session.job_runner import JobStatus
from napari_kdland.session.training_requests import TrainingRequest, device_of, name_of, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.project.waiting import Waiting
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.session import Session

# Failures of one training that say nothing of the next; whatever else fails (a full disk, a device that is gone, a bug
# that may have broken the device) would stop the next one, too.
_ITS_OWN = (NonFiniteLoss, OutOfMemory, RecipeError, RunError)
_BEAT_S = 10.0
_RESTARTED = "They were waiting when the project was opened."


class TrainingQueue:
    """Starts trainings one at a time, on a device on which nothing else of the project trains.

    When one is done, or fails for a reason of its own, the next one begins. When the user stops one, or the reason of a
    failure would meet the next one as well, the queue is held until the user lets it go on. What waits lies in the
    project: after a restart it is still there, and held.

    Parameters
    ----------
    session
        Whose project trains.
    runner
        Runs the trainings.
    apart
        Where images are decoded.

    Attributes
    ----------
    handle, request, home
        The training that runs, or ran last, what was asked for, and the project that it trains in.
    held
        Why nothing that waits begins; empty where the next begins by itself.
    changed
        Emits when the list, or `held`, is another.
    begun
        Emits the handle of a training that begins, before anything is told of it.
    refused
        Emits why a training that waited was not begun.
    doubted
        Emits the `Concerns` of a training that has not begun and waits for the user's word; see `settle`.
    """

    changed = Signal()
    begun = Signal(object)
    refused = Signal(str)
    doubted = Signal(object)

    def __init__(self, session: Session, runner: JobRunner, *, apart: Isolation = here) -> None:
        self._session = session
        self._runner = runner
        self._apart = apart
        self._is_closed = False
        self._kept_alive = 0.0
        self.handle: JobHandle[Any] | None = None
        self.request: TrainingRequest | None = None
        self.home: Path | None = None
        self.held = self._held_before = self._doubted = ""
        session.project_changed.connect(self._on_project)

    @property
    def is_busy(self) -> bool:
        """Whether a training runs."""
        return self.handle is not None and not self.handle.status.is_final

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits in the open project, the next one first."""
        project = self._session.project
        return () if project is None else project.waiting.all()

    def name_problem(self, name: str) -> str:
        """Say why the next training cannot be called so; empty where it can, or where its name is to be made."""
        project, running = self._session.project, self.request
        if not name or project is None:
            return ""
        promised = [name_of(each.request) for each in self.waiting]
        if self.is_busy and running is not None and self.home == project.path:
            promised.append(running.order.name or "")
        if name in promised:
            return f"A training that runs or waits is called {name} already. Choose another name."
        return project.runs.problem_of(name)

    def ask(self, request: TrainingRequest) -> bool:
        """Train at once where nothing trains, else let it wait behind the others; gives whether it trains.

        Raises
        ------
        ProjectError
            If no project is open, or it cannot be written.
        """
        project = self._session.the_project()
        busy = project.runs.training_on(request.order.device)
        if not self.is_busy and not busy:
            self._begin(project, request)
            return True
        project.waiting.add(request.title, request.plain())
        if not self.is_busy:
            self.held = f"{busy} is training in another window or process."
        self.changed.emit()
        return False

    def remove(self, key: str) -> None:
        """Let a training wait no longer."""
        self._session.the_project().waiting.take(key)
        self.changed.emit()

    def move(self, key: str, by: int) -> None:
        """Move a training that waits `by` places towards the end."""
        self._session.the_project().waiting.move(key, by)
        self.changed.emit()

    def hold(self, why: str) -> None:
        """Begin nothing after the training that runs."""
        self.held = why
        self.changed.emit()

    def go_on(self) -> None:
        """Let what waits begin again."""
        self.held = ""
        self._begin_next()
        self.changed.emit()

    def settle(self, *, is_wanted: bool) -> None:
        """Begin the training that `doubted` told of all the same, or drop it; what else waits is as held as before."""
        project = self._session.the_project()
        taken, self.held = project.waiting.take(self._doubted), self._held_before
        if is_wanted and taken is not None:
            self._try(project, taken)
        self._begin_next()
        self.changed.emit()

    def keep_alive(self, run: str) -> None:
        """Say in the project, every few seconds, that a training that is paused is still there.

        Others would take it for one whose program has ended, and train in its place.

        Raises
        ------
        ProjectError
            If the project cannot be written.
        """
        if self.home is None or not run or time.monotonic() - self._kept_alive < _BEAT_S:
            return
        self._kept_alive = time.monotonic()
        project = self._session.project
        if project is not None and project.path == self.home:
            project.runs.keep_alive(run)
            return
        with Project.open(self.home, announce=False) as other:
            other.runs.keep_alive(run)

    def close(self) -> None:
        """Begin nothing any more."""
        self._is_closed = True

    def _begin_next(self) -> None:
        project = self._session.project
        while project is not None and not (self.held or self.is_busy or self._is_closed):
            waiting = project.waiting.all()
            if not waiting:
                return
            busy = project.runs.training_on(device_of(waiting[0].request))
            if busy:
                self.held = f"{busy} is training in another window or process."
                return
            taken = project.waiting.take(waiting[0].key)
            if taken is not None:
                self._try(project, taken)

    def _try(self, project: Project, taken: Waiting) -> None:
        try:
            self._begin(project, request_of(taken.request))
        except KdlandError as error:
            self.refused.emit(f"{taken.title} was not begun. {error}")

    def _begin(self, project: Project, request: TrainingRequest) -> None:
        self.request, self.home = request, project.path
        handle = self._runner.start(request.title, request.job(project.path, self._apart))
        self.handle = handle
        self.begun.emit(handle)
        # After those who watch it: the next one begins when all have heard of its end.
        handle.finished.connect(self._on_end)
        self.changed.emit()

    def _on_end(self, handle: JobHandle[Any]) -> None:
        is_open = self._session.project is not None and self._session.project.path == self.home
        if self._is_closed:
            return
        if isinstance(handle.result, Concerns) and self.request is not None:
            self._wait_for_a_word(handle.title, self.request, handle.result, is_open=is_open)
            return
        if not is_open:
            return
        if handle.status is JobStatus.STOPPED:
            self.held = f"{handle.title} was stopped."
        elif handle.failure is not None and not isinstance(handle.failure, _ITS_OWN):
            self.held = f"{handle.title} failed for a reason that may stop the next one, too."
        self._begin_next()
        if not self.waiting:
            self.held = ""
        self.changed.emit()

    def _wait_for_a_word(self, title: str, request: TrainingRequest, doubts: Concerns, *, is_open: bool) -> None:
        """Put a training that may go wrong back to the head of the queue; going on begins it all the same."""
        why = " ".join(doubts.warnings)
        if not is_open:
            self.refused.emit(f"{title} was not begun, and its project is not open any more. {why}")
            return
        waiting = self._session.the_project().waiting
        self._doubted = waiting.add(title, replace(request, is_confirmed=True).plain(), first=True).key
        self._held_before, self.held = self.held, f"{title} has not begun: {why}"
        self.changed.emit()
        self.doubted.emit(doubts)

    def _on_project(self) -> None:
        self.held = _RESTARTED if self.waiting else ""
        self.changed.emit()
