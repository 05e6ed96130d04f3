"""What stands where nothing is yet: one sentence that says why, and a button that does something about it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.panels.base import Panel


class EmptyState(QWidget):
    """A sentence and a button; hidden as long as there is nothing to say.

    Parameters
    ----------
    sentence
        Why nothing is here.
    tone
        How the sentence is meant: what keeps the user from going on is a note.
    """

    def __init__(self, sentence: str = "", tone: Tone = Tone.PLAIN) -> None:
        super().__init__()
        self._action: Callable[[], Any] | None = None
        self.words = words(tone=tone)
        self.button = button("", self._act, "Do something about it")
        self.button.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.words)
        layout.addLayout(row(self.button))
        layout.addStretch(1)
        self.words.setText(sentence)
        # Shown it would be a window of its own as long as it stands nowhere.
        if not sentence:
            self.hide()

    def text(self) -> str:
        """Give the sentence."""
        return str(self.words.text())

    def say(self, sentence: str) -> None:
        """Say why nothing is here; an empty sentence hides both."""
        self.words.setText(sentence)
        self.setVisible(bool(sentence))

    def offer(self, text: str, action: Callable[[], Any] | None, tooltip: str = "") -> EmptyState:
        """Say what the button does; without an action there is none."""
        self._action = action
        self.button.setVisible(action is not None)
        if action is not None:
            self.button.setText(text)
            self.button.setToolTip(tooltip)
        return self

    def _act(self) -> None:
        if self._action is not None:
            self._action()


class NeedsProject(QStackedWidget):
    """A panel, or as long as no project is open what it would be good for.

    Parameters
    ----------
    panel
        The panel, which says in `without_project` what one could do in it.
    content
        The panel as it is shown.
    """

    def __init__(self, panel: Panel, content: QWidget) -> None:
        super().__init__()
        self._session = panel.session
        self.empty = EmptyState(f"No project is open. {panel.without_project}")
        self.empty.offer(
            "To the Project panel",
            partial(panel.desk.wanted.emit, "Project"),
            "Open a project, make one, or try the sample",
        )
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.empty)
        layout.addStretch(1)
        self.addWidget(page)
        self.addWidget(content)
        self._session.project_changed.connect(self._on_project)
        self._on_project()

    def _on_project(self) -> None:
        self.setCurrentIndex(0 if self._session.project is None else 1)
