"""One job in a panel: its progress, what it says, a button to stop it, and its error with details to copy."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QApplication, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_kdland.events import Advanced, Event, Probed, Saved, Started, Warned, to_json
from napari_kdland.gui.error_dialog import ErrorDialog, report
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import button, row, words
from napari_kdland.session.job_runner import JobHandle, JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari_kdland.events import Job
    from napari_kdland.session.job_runner import JobRunner

_KEPT_NOTES = 5
_KEPT_EVENTS = 50


class JobRow(QWidget):
    """Starts jobs one at a time and shows the one that runs, or how the last one ended.

    Parameters
    ----------
    runner
        Runs them.
    names
        Gives the names of images to take out of what is copied; see `KnownNames`.
    can_stop
        Whether it has a button of its own to stop the job.
    """

    def __init__(self, runner: JobRunner, names: Callable[[], Iterable[str]], *, can_stop: bool = True) -> None:
        super().__init__()
        self._runner = runner
        self._names = names
        self.handle: JobHandle[Any] | None = None
        self._on_event: Callable[[Event], None] | None = None
        self._on_done: Callable[[Any], None] | None = None
        self._on_end: Callable[[JobHandle[Any]], None] | None = None
        self._notes: list[str] = []
        self._bar = QProgressBar()
        self._bar.setTextVisible(True)
        self._text = words()
        self._said = words()
        self._stop = button("Stop", self.stop, "Stop at the next safe point")
        self._copy: QPushButton = button(
            "Copy details", self.copy_details, "Versions, what the job said, and the cause"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._text)
        layout.addLayout(row(self._bar, self._stop, stretch=0))
        layout.addWidget(self._said)
        layout.addLayout(row(self._copy))
        self._can_stop = can_stop
        for widget in (self._text, self._bar, self._stop, self._said, self._copy):
            widget.hide()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self.handle is not None and not self.handle.status.is_final

    def start(
        self,
        title: str,
        job: Callable[[], Job[Any]],
        *,
        on_event: Callable[[Event], None] | None = None,
        on_done: Callable[[Any], None] | None = None,
        on_end: Callable[[JobHandle[Any]], None] | None = None,
    ) -> bool:
        """Start a job unless one runs already; give whether it was started.

        `on_done` is called with the result where the job came to its end, `on_end` with the handle in any case.
        """
        if self.is_busy:
            return False
        handle = self._runner.start(title, job)
        self.follow(handle, on_event=on_event, on_done=on_done, on_end=on_end)
        return True

    def follow(
        self,
        handle: JobHandle[Any],
        *,
        on_event: Callable[[Event], None] | None = None,
        on_done: Callable[[Any], None] | None = None,
        on_end: Callable[[JobHandle[Any]], None] | None = None,
    ) -> None:
        """Show a job that somebody else has just started; it takes the place of the one before, which is over."""
        self._on_event, self._on_done, self._on_end = on_event, on_done, on_end
        self._notes = []
        self._text.setText(handle.title)
        self._bar.setRange(0, 0)
        self._said.hide()
        self._copy.hide()
        for widget in (self._text, self._bar):
            widget.show()
        self._stop.setVisible(self._can_stop)
        self._stop.setEnabled(True)
        self.handle = handle
        handle.told.connect(self._told)
        handle.finished.connect(self._ended)

    def stop(self) -> None:
        """Ask the job to stop."""
        if self.handle is not None and self.is_busy:
            self.handle.cancel()
            self._stop.setEnabled(False)
            self._text.setText("Stopping at the next safe point ...")

    def head(self, text: str) -> None:
        """Show a text in place of the job's title."""
        self._text.setText(text)

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a text below the bar."""
        self._said.setText(text)
        self._said.set_tone(tone)
        self._said.setVisible(bool(text))

    def copy_details(self) -> None:
        """Put what a bug report needs on the clipboard: versions, what the job said, the traceback."""
        error = "" if self.handle is None else self.handle.error
        QApplication.clipboard().setText(report(error, said_by(self.handle), self._names()))

    def _told(self, event: Event) -> None:
        if isinstance(event, Started):
            self._text.setText(event.title)
            self._bar.setRange(0, event.total or 0)
            self._bar.setValue(0)
        elif isinstance(event, Advanced):
            self._bar.setValue(event.done)
        elif isinstance(event, Warned):
            self._notes = [*self._notes, event.message][-_KEPT_NOTES:]
            self.say("\n".join(self._notes), Tone.NOTE)
        if self._on_event is not None:
            self._on_event(event)

    def _ended(self, handle: JobHandle[Any]) -> None:
        self._bar.hide()
        self._stop.hide()
        if handle.status is JobStatus.FAILED:
            cause = "Something unexpected went wrong. The window and your data are safe. " if handle.is_bug else ""
            self.say(cause + handle.error, Tone.ERROR)
            self._text.hide()
            ErrorDialog(self, cause + handle.error, said_by(handle), self._names()).show()
        else:
            self._text.setText(f"{handle.title}: {handle.status.value}.")
        self._copy.setVisible(handle.status is JobStatus.FAILED)
        if handle.status is JobStatus.DONE and self._on_done is not None:
            self._on_done(handle.result)
        if self._on_end is not None:
            self._on_end(handle)


def said_by(handle: JobHandle[Any] | None) -> str:
    """Give what a job has said last and the traceback where it failed; events that name images are left out."""
    if handle is None:
        return ""
    told = [event for event in handle.events if not isinstance(event, Advanced | Saved | Warned | Probed)]
    events = [to_json(event) for event in told[-_KEPT_EVENTS:]]
    return "\n".join([f"{handle.title}: {handle.status.value}", handle.details, "Last events:", *events])
