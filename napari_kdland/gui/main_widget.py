"""The dock widget: panels in the order of the work, the clock that fetches news from jobs, and the way out."""

# mypy: allow-subclassing-any
from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_info  # type: ignore[import-untyped]  # napari ships no type information
from qtpy.QtCore import QEvent, QSize, QTimer
from qtpy.QtWidgets import QApplication, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from napari_kdland.gui import parting
from napari_kdland.gui.closing import ClosingGuard, end_jobs
from napari_kdland.gui.desk import Desk
from napari_kdland.gui.empty_state import NeedsProject
from napari_kdland.gui.error_dialog import ErrorDialog, SpokenLog
from napari_kdland.gui.kept_looks import KeptLooks
from napari_kdland.gui.kept_readers import KeptReaders
from napari_kdland.gui.key_router import KeyRouter
from napari_kdland.gui.look_bar import LookBar
from napari_kdland.gui.panels import PANELS
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.tour import Tour
from napari_kdland.gui.widgets import button, row, scrolling_panel, words
from napari_kdland.session.isolation import Helper, in_child
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.session import Session

if TYPE_CHECKING:
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.panels.base import Panel

_POLL_MS = 30
_REFRESH_MS = 2000
# Reading the neighbours at once would keep the image that was asked for from being painted.
_AHEAD_MS = 120
_WIDTH = 440


class KdlandWidget(QWidget):
    """The plugin's one widget.

    Parameters
    ----------
    napari_viewer
        The viewer; napari gives it by this name.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__()
        self.runner = JobRunner()
        self._first, self._second = Helper(), Helper()
        places = {"first": self._first.job, "second": self._second.job}
        self.session = Session(self.runner, _login_name(), memory=KeptReaders(), **places)
        self.desk = Desk(napari_viewer, self.session, self.runner, **places, apart=in_child, looks=KeptLooks())
        self._keys = KeyRouter(self.desk, self)
        self._guard = ClosingGuard(self, self.runner)
        self._is_closed = False
        self.last_words = ""
        self._watched: Any = None
        self._panels: dict[str, Panel] = {}
        self.look_bar = LookBar(self.desk)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self.tour = Tour(self._lead_to)
        self._log = SpokenLog()
        self._line = words()
        self._more = button("Details ...", self.show_details, "What to copy into a bug report", keeps_focus=True)
        self._foot = QWidget()
        self._foot.hide()
        self._build()
        self._poll_timer = self._clock(_POLL_MS, self.runner.poll)
        self._refresh_timer = self._clock(_REFRESH_MS, self._refresh)
        self._ahead_timer = QTimer(self)
        self._ahead_timer.setSingleShot(True)
        self._ahead_timer.setInterval(_AHEAD_MS)
        self._ahead_timer.timeout.connect(self.session.paging.read_ahead)
        self.session.image_changed.connect(self._on_image)
        self.session.project_changed.connect(self._on_project)
        QApplication.instance().aboutToQuit.connect(self.shut_down)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_WIDTH, 760)

    def panel(self, name: str) -> Any:
        """Give a panel by its name in the menu, made if it was never shown."""
        return self._made(name)

    def bring_to_front(self, name: str) -> None:
        """Show a panel."""
        self._tabs.setCurrentIndex([entry.name for entry in PANELS].index(name))

    def show_details(self) -> ErrorDialog:
        """Show the last error with what a bug report needs; gives the dialog, which does not hold the window up."""
        said = f"The last messages:\n{self._log.text()}"
        dialog = ErrorDialog(self, self._line.text(), said, self.desk.names.all())
        dialog.show()
        return dialog

    def shut_down(self) -> None:
        """Stop clocks and jobs, which save what they can, and close the project; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = self.desk.is_closing = True
        QApplication.instance().aboutToQuit.disconnect(self.shut_down)
        self._poll_timer.stop()
        self._refresh_timer.stop()
        self._ahead_timer.stop()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._guard.leave()
        was_training, n_waiting = self.desk.trainings.is_busy, len(self.desk.trainings.waiting)
        self.desk.trainings.close()
        end_jobs(self.runner)
        self.last_words = parting.parting_words(self.desk.trainings, n_waiting) if was_training else ""
        if self.last_words and self.desk.trainings.home is not None:
            parting.keep(self.desk.trainings.home, self.last_words)
        self._first.close()
        self._second.close()
        for dialog in self.findChildren(ErrorDialog):
            dialog.close()
        self._keys.close()
        for panel in self._panels.values():
            panel.release()
        self.look_bar.release()
        self.desk.close()
        self.session.close()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange:
            self._on_parent()
        return bool(super().event(event))

    def showEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._watch(self.window())
        self._guard.watch()
        super().showEvent(event)

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask before the window closes over a running job; shut down when it has closed."""
        if watched is not self._watched or self._is_closed:
            return False
        if event.type() == QEvent.Type.ParentChange:  # the dock has come into the main window
            self._watch(self.window())
            return False
        if self._guard.holds(watched, event):
            return True
        # A window that was never shown has nothing to hide when it closes.
        is_closed_unseen = event.type() == QEvent.Type.Close and not watched.isVisible()
        if is_closed_unseen or (event.type() == QEvent.Type.Hide and not event.spontaneous()):
            self.shut_down()
        return False

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.tour)
        layout.addWidget(self._tabs, 1)
        layout.addWidget(self.look_bar)
        foot = row(self._line, self._more, stretch=0)
        foot.setContentsMargins(0, 0, 0, 0)
        self._foot.setLayout(foot)
        layout.addWidget(self._foot)
        self.setMinimumWidth(400)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        for entry in PANELS:
            page = QWidget()
            QVBoxLayout(page).setContentsMargins(0, 0, 0, 0)
            self._tabs.addTab(page, entry.name)
            self._tabs.setTabToolTip(self._tabs.count() - 1, entry.summary)
        self._tabs.currentChanged.connect(self._on_tab)
        self.desk.said.connect(self._say)
        self.desk.wanted.connect(self.bring_to_front)
        self.desk.tour_wanted.connect(self.tour.start)
        self._on_tab(0)

    def _lead_to(self, panel: str) -> None:
        """Bring a panel to the front for the tour; where runs are compared, the first two on an image to judge by."""
        self.bring_to_front(panel)
        project = self.session.project
        if panel != "Compare" or project is None:
            return
        done = [run.name for run in project.runs.all() if run.status == "done"]
        judged = project.records.page(0, 1, split="test")
        if done and judged:
            self.session.paging.go_to(judged[0].image_id)
            self.panel(panel).choose(done[:2])

    def _on_tab(self, index: int) -> None:
        self.look_bar.want(self._made(PANELS[index].name).is_about_images)

    def _made(self, name: str) -> Panel:
        """Make a panel when it is first shown: the window opens faster, and plots are loaded only where needed."""
        if name not in self._panels:
            index = [entry.name for entry in PANELS].index(name)
            self._panels[name] = PANELS[index].resolve()(self.desk)
            panel, content = self._panels[name], scrolling_panel(self._panels[name])
            if panel.without_project:
                content = NeedsProject(panel, content)
            self._tabs.widget(index).layout().addWidget(content)
        return self._panels[name]

    def _clock(self, milliseconds: int, tick: Any) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(milliseconds)
        timer.timeout.connect(tick)
        timer.start()
        return timer

    def _on_image(self) -> None:
        if not self._is_closed:
            self._ahead_timer.start()

    def _on_project(self) -> None:
        """Tell what became of the training over which the plugin was closed when this project was open last."""
        project = self.session.project
        said = "" if project is None else parting.take(project.path)
        if said:
            self.desk.say(said)

    def _refresh(self) -> None:
        self.desk.attempt(self.session.refresh)
        self.desk.attempt(self.session.scheme.follow)
        self.desk.attempt(self.desk.brush.refresh)

    def _say(self, text: str, is_error: bool) -> None:
        self._log.hear(text, is_error)
        self._line.setText(text)
        self._line.set_tone(Tone.ERROR if is_error else Tone.PLAIN)
        self._more.setVisible(is_error)
        self._foot.setVisible(bool(text))

    def _watch(self, window: QWidget) -> None:
        if window is self or window is self._watched:
            return
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._watched = window
        window.installEventFilter(self)
        self.desk.pointer.live_in(window)

    def _on_parent(self) -> None:
        """Shut down when the dock is closed: napari takes the widget out of it."""
        if self.parent() is not None:
            self._watch(self.window())
            self._guard.watch()
        elif self._watched is not None and not self._is_closed:
            self.shut_down()
            if self.last_words:
                show_info(self.last_words)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no entry for the user, or no such database on Windows
        return "reader"
