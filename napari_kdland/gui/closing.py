"""The way out: asks before a training is stopped by closing, and says that its checkpoint is being saved."""

# mypy: allow-subclassing-any
from __future__ import annotations

import time
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from qtpy.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QMessageBox, QPushButton, QWidget

if TYPE_CHECKING:
    from napari_kdland.session.job_runner import JobRunner

_SAVING = "Saving the checkpoint ..."
_MOMENT_S, _TURN_S, _PATIENCE_S = 0.3, 0.05, 30.0


class ClosingGuard(QObject):
    """Holds a window, or the dock of the plugin, open until the user has agreed that jobs are stopped.

    Parameters
    ----------
    widget
        The plugin's widget.
    runner
        Its jobs.
    """

    def __init__(self, widget: QWidget, runner: JobRunner) -> None:
        super().__init__(widget)
        self._widget = widget
        self._runner = runner
        self._dock: QDockWidget | None = None
        self._button: QPushButton | None = None

    def holds(self, window: QWidget, event: QEvent) -> bool:
        """Ask where a person closes the window over a job; give whether it has to stay open."""
        if event.type() != QEvent.Type.Close or not (event.spontaneous() or _is_whole(window)) or self._may_close():
            return False
        event.ignore()
        return True

    def watch(self) -> None:
        """Ask, too, where the dock is closed by its button: napari takes the widget out without asking anybody."""
        dock = self._widget.parent()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parent()
        if dock is not None and dock is not self._dock:
            self._dock = dock
            # napari makes the bar anew when the dock floats; its own slots come first.
            dock.topLevelChanged.connect(self._find_button)
        self._find_button()

    def leave(self) -> None:
        """Watch the dock's button no longer."""
        if self._dock is not None:
            self._dock.topLevelChanged.disconnect(self._find_button)
            self._dock = None
        self._find_button()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask where the dock's button is pressed over a job; press it anew where the user agrees.

        The question opens on the press, and takes the release away from the button: with the press alone it closes
        nothing.
        """
        if watched is not self._button or event.type() != QEvent.Type.MouseButtonPress or not self._runner.running:
            return False
        if self._may_close():
            QTimer.singleShot(0, self._button.click)
        return True

    def _find_button(self, _is_floating: bool = False) -> None:
        bar = None if self._dock is None else self._dock.titleBarWidget()
        found = None if bar is None else bar.findChild(QPushButton, "QTitleBarCloseButton")
        if found is not None and found is not self._button:
            found.installEventFilter(self)
        self._button = found

    def _may_close(self) -> bool:
        busy = [handle.title for handle in self._runner.running]
        if not busy:
            return True
        verb = "is" if len(busy) == 1 else "are"
        question = f"{', '.join(busy)} {verb} still running. Stop, save what was learnt, and close?"
        return bool(QMessageBox.question(self._widget, "KDLand", question) == QMessageBox.StandardButton.Yes)


def end_jobs(runner: JobRunner) -> bool:
    """Stop all jobs and wait for them, with a note on the screen if that takes longer than a moment.

    Returns
    -------
    bool
        Whether all have ended.
    """
    if runner.close(_MOMENT_S):
        return True
    note = QLabel(_SAVING)
    note.setWindowFlags(Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
    note.setMargin(24)
    note.adjustSize()
    note.move(QApplication.primaryScreen().availableGeometry().center() - note.rect().center())
    note.show()
    until = time.monotonic() + _PATIENCE_S
    while not (is_over := runner.close(_TURN_S)) and time.monotonic() < until:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    note.hide()
    note.deleteLater()
    return is_over


def _is_whole(window: QWidget) -> bool:
    """Whether a person can still go on with the window; a script that closes the viewer has taken it apart before."""
    middle = window.centralWidget() if isinstance(window, QMainWindow) else None
    parts = [] if middle is None else middle.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return window.isVisible() and all(not part.isHidden() for part in parts)
