"""A training in napari's activity dock, which shows all that runs in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.resources import LOADING_GIF_PATH  # type: ignore[import-untyped]  # napari ships no type information
from napari.utils import progress  # type: ignore[import-untyped]  # napari ships no type information
from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QApplication, QLabel

from napari_kdland.events import Advanced, Event, Started

if TYPE_CHECKING:
    from napari_kdland.session.job_runner import JobHandle

_EVERY_MS = 300
_SPEED_PERCENT = 10


class Activity(QObject):  # type: ignore[misc]  # qtpy ships no type information
    """Shows one job at a time in the activity dock.

    napari's bars let the whole window work whenever they change. Were that done while a job's news are handed out,
    later news would overtake earlier ones: so the bar is changed by a clock of its own, never by the news.
    """

    def __init__(self) -> None:
        super().__init__()
        self._title, self._total, self._done = "", 0, 0
        self._handle: JobHandle[Any] | None = None
        self.bar: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.draw)

    def follow(self, handle: JobHandle[Any]) -> None:
        """Show a job that has just started."""
        self.close()
        self._handle = handle
        self._title, self._total, self._done = handle.title, 0, 0
        handle.told.connect(self._told)
        handle.finished.connect(self._ended)
        self._timer.start()

    def close(self) -> None:
        """Show nothing any more."""
        self._timer.stop()
        self._handle = None
        bar, self.bar = self.bar, None
        if bar is not None:
            bar.close()

    def draw(self) -> None:
        """Bring the bar up to date, and look again later."""
        if self.bar is None:
            # Shown in the dock alone, never on a terminal.
            bar = progress(total=self._total, desc=self._title, gui=True)
            if self._handle is None:  # the window has worked meanwhile, and the job has ended in it
                bar.close()
                return
            self.bar = bar
            _slow_down_spinners()
        self._change(self.bar)
        if self._handle is not None:
            self._timer.start()

    def _change(self, bar: Any) -> None:
        if bar.desc.removesuffix(": ") != self._title:
            bar.set_description(self._title)
        if bar.total != self._total:
            bar.total = self._total
        if bar.n != self._done:
            bar.update(self._done - bar.n)

    def _told(self, event: Event) -> None:
        if isinstance(event, Started):
            self._title, self._total, self._done = event.title, event.total or 0, 0
        elif isinstance(event, Advanced):
            self._done = event.done

    def _ended(self, _handle: JobHandle[Any]) -> None:
        self.close()


def _slow_down_spinners() -> None:
    """Let napari's sign beside the dock turn at 3 pictures a second, not 33.

    Each picture composes the whole window anew, canvas included. Without a graphics card that took a processor core for
    as long as a training ran.
    """
    for window in QApplication.topLevelWidgets():
        for label in window.findChildren(QLabel):
            movie = label.movie()
            if movie is not None and movie.fileName() == LOADING_GIF_PATH:  # what other plugins move is theirs
                movie.setSpeed(_SPEED_PERCENT)
