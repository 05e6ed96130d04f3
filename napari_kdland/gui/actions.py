"""What the keys do: the actions behind the table of shortcuts."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QApplication, QDialog, QGridLayout, QLabel

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.gui import shortcuts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_kdland.gui.compat import Layer
    from napari_kdland.gui.desk import Desk


class Actions:
    """Binds the keys to our layers as they are made, and does what they ask.

    Parameters
    ----------
    desk
        The things the actions work on.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bound: list[Layer] = []
        self._sheet: QDialog | None = None
        self._table = self._actions()
        desk.viewer.layers.events.inserted.connect(self._on_layer)
        desk.viewer.layers.events.removed.connect(self._on_removed)

    def close(self) -> None:
        """Give the keys back."""
        self._desk.viewer.layers.events.inserted.disconnect(self._on_layer)
        self._desk.viewer.layers.events.removed.disconnect(self._on_removed)
        shortcuts.unbind_all(self._bound)
        self._bound = []
        if self._sheet is not None:
            self._sheet.close()

    def set_state(self, state: LandmarkState) -> None:
        """Say what is known of the current landmark."""
        self._desk.attempt(self._set_state, state)

    def step_image(self, by: int) -> None:
        """Go to the next or the previous image of the list."""
        go = self._desk.session.go_next if by > 0 else self._desk.session.go_previous
        self._go(go, "last" if by > 0 else "first")

    def undo(self) -> None:
        """Take back the reader's last edit."""
        self._go(self._desk.session.undo, "", "There is nothing to undo.")

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go(self._desk.session.redo, "", "There is nothing to redo.")

    def show_sheet(self) -> None:
        """Show all keys."""
        if self._sheet is None:
            self._sheet = _sheet()
        self._sheet.show()
        self._sheet.raise_()

    def _actions(self) -> dict[str, Callable[[], Any]]:
        session = self._desk.session
        choose = {f"choose_{number}": partial(self._choose, number) for number in range(1, 11)}
        states = {state.value: partial(self.set_state, state) for state in LandmarkState}
        return {
            **choose,
            **states,
            "next_landmark": partial(self._desk.attempt, session.step, 1),
            "previous_landmark": partial(self._desk.attempt, session.step, -1),
            "undo": self.undo,
            "redo": self.redo,
            "next_image": partial(self.step_image, 1),
            "previous_image": partial(self.step_image, -1),
            "next_unlabelled": self._next_unlabelled,
            "let_go": self._desk.binding.hand.let_go,
            "hide": self._hide,
            "invert": self._invert,
            "toggle_heatmap": self._toggle_heatmaps,
            "toggle_masks": self._toggle_masks,
            "show_sheet": self.show_sheet,
        }

    def _on_layer(self, event: Any) -> None:
        if event.value in self._desk.pool:
            shortcuts.bind_all([event.value], self._table)
            self._bound.append(event.value)

    def _on_removed(self, event: Any) -> None:
        if event.value in self._bound:
            self._bound.remove(event.value)

    def _choose(self, number: int) -> None:
        landmarks = self._desk.session.landmarks
        if landmarks is not None and number <= len(landmarks):
            self._desk.session.choose(landmarks.names[number - 1])

    def _set_state(self, state: LandmarkState) -> None:
        session = self._desk.session
        if session.current is None:
            raise AnnotationError("Choose a landmark first: click it, its row in the table, or press its number.")
        session.set_state(session.current, state)

    def _next_unlabelled(self) -> None:
        self._go(partial(self._desk.session.go_next, unlabelled=True), "", "No image without landmarks follows.")

    def _go(self, go: Callable[[], bool], end: str, otherwise: str = "") -> None:
        went: list[bool] = []
        if self._desk.attempt(lambda: went.append(go())):
            self._desk.say("" if went[0] else (otherwise or f"This is the {end} image of the list."))

    def _hide(self) -> Iterator[None]:
        pool = self._desk.pool
        hidden = [layer for layer in pool if layer.visible and layer not in pool.pictures]
        for layer in hidden:
            layer.visible = False
        yield
        for layer in hidden:
            layer.visible = True

    def _invert(self) -> None:
        for picture in self._desk.pool.pictures:
            picture.colormap = "gray_r" if picture.colormap.name == "gray" else "gray"

    def _toggle_heatmaps(self) -> None:
        heatmaps = [group.heatmap for group in self._desk.pool.groups if group.heatmap.data.any()]
        show = not any(layer.visible for layer in heatmaps)
        for layer in heatmaps:
            layer.visible = show

    def _toggle_masks(self) -> None:
        self._desk.companions.show_masks(not self._desk.companions.shows_masks)


def _sheet() -> QDialog:
    dialog = QDialog(QApplication.activeWindow())
    dialog.setWindowTitle("KDLand: keys")
    grid = QGridLayout(dialog)
    for place, (keys, text) in enumerate(shortcuts.sheet()):
        grid.addWidget(QLabel(f"<b>{keys}</b>"), place, 0)
        grid.addWidget(QLabel(text), place, 1)
    return dialog
