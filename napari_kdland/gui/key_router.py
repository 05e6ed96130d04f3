"""Our keys where napari does not hear them: while the focus is in the panel, and again and again while one is held.

napari calls a key's action when the canvas has the focus, or when nobody in a dock wants the key; but lists and tables
take letters to look for names. It repeats no key with a modifier.
"""

# mypy: allow-subclassing-any
from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from napari_kdland.gui.compat import canvas_in, key_of, same_key
from napari_kdland.gui.shortcuts import SHORTCUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qtpy.QtGui import QKeyEvent

    from napari_kdland.gui.desk import Desk

_TEXT = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
# By these, people walk through lists, open and close boxes, and press buttons.
_LEFT_ALONE = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
)
_REPEATING = tuple(key for shortcut in SHORTCUTS if shortcut.repeats for key in shortcut.keys)


class KeyRouter(QObject):
    """Watches the one widget that has the focus.

    What is done is what the active layer's own binding does, so that napari's tools keep their keys while one of
    napari's layers is the active one. Where people type, every key is theirs.

    Parameters
    ----------
    desk
        What it works on.
    home
        The plugin's own widget.
    """

    def __init__(self, desk: Desk, home: QWidget) -> None:
        super().__init__(home)
        self._desk = desk
        self._home = home
        self._watched: QWidget | None = None
        self._held: Iterator[Any] | None = None
        QApplication.instance().focusChanged.connect(self._on_focus)

    def close(self) -> None:
        """Watch nothing any more."""
        QApplication.instance().focusChanged.disconnect(self._on_focus)
        self._watch(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Do what a key asks for; give whether the widget is not to see it."""
        if watched is not self._watched:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and self._binding(key_of(event)) is not None:
            # Ctrl+S would open napari's dialog that saves layers: their points are in the project already.
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            return self._on_press(event)
        if event.type() == QEvent.Type.KeyRelease and self._held is not None and not event.isAutoRepeat():
            self._release()
            return True
        return False

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None or self._desk.is_closing:
            self._watch(None)
        elif self._home.isAncestorOf(now) or now is canvas_in(self._home.window()):
            self._watch(None if _takes_text(now) else now)
        else:
            self._watch(None)

    def _watch(self, widget: QWidget | None) -> None:
        self._release()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._watched = widget
        if widget is not None:
            widget.installEventFilter(self)

    def _on_press(self, event: QKeyEvent) -> bool:
        key = key_of(event)
        is_in_panel = self._watched is not None and self._home.isAncestorOf(self._watched)
        if event.isAutoRepeat():
            return any(same_key(key, each) for each in _REPEATING) and self._act(key)
        if not is_in_panel or (event.key() in _LEFT_ALONE and not _is_shifted_arrow(event)):
            return False
        return self._act(key)

    def _act(self, key: Any) -> bool:
        """Do what the active layer's binding of a key does; give whether it has one that is ours."""
        action = self._binding(key)
        if action is None:
            return False
        answer = action(self._desk.viewer.layers.selection.active)
        if inspect.isgenerator(answer):
            next(answer, None)
            self._held = answer
        return True

    def _binding(self, key: Any) -> Callable[[Any], Any] | None:
        layer = self._desk.viewer.layers.selection.active
        return None if layer is None or layer not in self._desk.pool else layer.keymap.get(key)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            next(held, None)


def _takes_text(widget: QWidget) -> bool:
    return isinstance(widget, _TEXT) or (isinstance(widget, QComboBox) and widget.isEditable())


def _is_shifted_arrow(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and bool(
        event.modifiers() & Qt.KeyboardModifier.ShiftModifier
    )
