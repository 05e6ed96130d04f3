"""What the keys do: the actions behind the table of shortcuts."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QApplication, QDialog, QGridLayout, QHBoxLayout, QLabel, QMainWindow

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.gui import shortcuts
from napari_kdland.gui.copy_menu import CopyMenu
from napari_kdland.gui.positions import moment_text
from napari_kdland.gui.proof_actions import ProofActions
from napari_kdland.gui.widgets import heading
from napari_kdland.project import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from napari_kdland.gui.compat import Layer
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project.steps import Step


# Image pixels a nudge, and where to (down, right).
_STEPS = {"nudge": 1.0, "nudge_finely": 0.1}
_ARROWS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}

# Of the sheet of keys, so that it fits into 1280 x 800.
_TEXT_WIDTH = 330


class Actions:
    """Binds the keys to our layers as they are made, and does what they ask.

    Parameters
    ----------
    desk
        The things the actions work on.

    Attributes
    ----------
    copy_menu
        Where landmarks can be copied from.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bound: list[Layer] = []
        self._sheet: QDialog | None = None
        self.copy_menu = CopyMenu(desk)
        self.proof = ProofActions(desk)
        self._table = self._actions()
        desk.viewer.layers.events.inserted.connect(self._on_layer)
        desk.viewer.layers.events.removed.connect(self._on_removed)

    def close(self) -> None:
        """Give the keys back."""
        self._desk.viewer.layers.events.inserted.disconnect(self._on_layer)
        self._desk.viewer.layers.events.removed.disconnect(self._on_removed)
        shortcuts.unbind_all(self._bound)
        self._bound = []
        self.copy_menu.close()
        if self._sheet is not None:
            self._sheet.close()

    def set_state(self, state: LandmarkState) -> None:
        """Say what is known of the current landmark."""
        self._desk.attempt(self._set_state, state)

    def step_image(self, by: int) -> None:
        """Go to the next or the previous image of the list."""
        go = self._desk.session.paging.go_next if by > 0 else self._desk.session.paging.go_previous
        self._go(go, "last" if by > 0 else "first")

    def undo(self) -> None:
        """Take back the reader's last edit."""
        self._walk_history(self._desk.session.undo, "Undone", self._nothing_to_undo)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._walk_history(self._desk.session.redo, "Done again", lambda: "There is nothing to redo.")

    def next_mode(self) -> None:
        """Go over to the next mode of placing."""
        self._desk.session.placing.cycle()
        self._desk.say(f"Placing: {self._desk.session.placing.mode}.")

    def bind(self, layer: Layer, *, only: Collection[str]) -> None:
        """Bind the keys of some actions on a layer that has keys of napari's own."""
        shortcuts.bind_all([layer], self._table, only=only)

    def invert(self) -> None:
        """Show black for white, in every picture; nothing but the colours of the layers changes."""
        self._desk.windowing.invert()

    def fit(self) -> None:
        """Show the whole image, and all that lies beside it."""
        self._desk.viewer.reset_view()

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
            **self.proof.table(self.set_state),
            "next_landmark": partial(self._desk.attempt, session.step, 1),
            "previous_landmark": partial(self._desk.attempt, session.step, -1),
            "undo": self.undo,
            "redo": self.redo,
            "next_image": partial(self.step_image, 1),
            "previous_image": partial(self.step_image, -1),
            "next_unlabelled": self._next_unlabelled,
            **self._nudges(),
            "copy": partial(self._desk.attempt, self.copy_menu.open),
            "magnify": self._desk.pointer.toggle_magnifier,
            "ruler": partial(self._desk.attempt, self._desk.ruler.toggle),
            "lock": partial(self._desk.attempt, self._lock),
            "next_mode": self.next_mode,
            "say_saved": self._say_saved,
            "let_go": self._let_go,
            "hide": self._hide,
            "blink": self._blink,
            "invert": self.invert,
            "next_window": self._desk.windowing.step,
            "reset_window": self._desk.windowing.reset,
            "fit": self.fit,
            "toggle_readers": self._toggle_readers,
            "toggle_runs": self._toggle_runs,
            "toggle_heatmap": self._toggle_heatmaps,
            "toggle_masks": self._toggle_masks,
            "show_sheet": self.show_sheet,
        }

    def _nudges(self) -> dict[str, Callable[[], Any]]:
        nudge = self._desk.session.nudging.nudge
        return {
            f"{name}_{arrow}": partial(self._desk.attempt, nudge, down * step, right * step)
            for name, step in _STEPS.items()
            for arrow, (down, right) in _ARROWS.items()
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
        session.editing.set_state(session.current, state)

    def _let_go(self) -> None:
        if not (self._desk.binding.hand.let_go() or self._desk.ruler.put_away()):
            self._desk.mouse.take()

    def _lock(self) -> None:
        session = self._desk.session
        landmark = session.nudging.target() or session.current
        if landmark is None:
            raise AnnotationError("Choose a landmark first: click it, its row in the table, or press its number.")
        session.locking.toggle(landmark)
        title = session.the_project().scheme.title_of(landmark)
        self._desk.say(
            f"{title} is locked. K unlocks it." if session.locking.holds(landmark) else f"{title} is unlocked."
        )

    def _next_unlabelled(self) -> None:
        self._go(
            partial(self._desk.session.paging.go_next, unlabelled=True),
            "",
            lambda: "No image without landmarks follows.",
        )

    def _go(self, go: Callable[[], bool], end: str, otherwise: Callable[[], str] | None = None) -> None:
        went: list[bool] = []
        if self._desk.attempt(lambda: went.append(go())):
            end_text = f"This is the {end} image of the list."
            self._desk.say("" if went[0] else end_text if otherwise is None else otherwise())

    def _walk_history(self, go: Callable[[], Step | None], what: str, otherwise: Callable[[], str]) -> None:
        """Go a step through the history, and say what it was where that leads to another image."""
        here = self._desk.session.record
        steps: list[Step | None] = []
        if not self._desk.attempt(lambda: steps.append(go())):
            return
        step = steps[0]
        if step is None:
            self._desk.say(otherwise())
        elif here is not None and here.image_id == step.image_id:
            self._desk.say("")
        else:
            project = self._desk.session.the_project()
            of = "regions or review"
            if isinstance(step, Edit):
                of = project.scheme.landmark_titles.get(step.landmark, step.landmark)
            self._desk.say(f"{what} on {project.records.get(step.image_id).name}: {of}.")

    def _nothing_to_undo(self) -> str:
        session = self._desk.session
        others = session.keeper.others()
        if not others:
            return "There is nothing to undo."
        return (
            f"There is nothing of {session.reader} to undo. What was said here is by {', '.join(others)}: "
            "undo takes back what one reader did, and the name can be changed in the Annotate panel."
        )

    def _hide(self) -> Iterator[None]:
        pool = self._desk.pool
        canvas = [] if self._desk.brush.layer is None else [self._desk.brush.layer]
        hidden = [layer for layer in (*pool, *canvas) if layer.visible and layer not in pool.pictures]
        for layer in hidden:
            layer.visible = False
        self._desk.badge.let_see(False)
        yield
        self._desk.badge.let_see(True)
        for layer in hidden:
            layer.visible = True

    def _blink(self) -> Iterator[None]:
        if not self._desk.compared.hold(True):
            self._desk.say("To blink, tick two sources in Compare and choose any view but side by side.")
        yield
        self._desk.compared.hold(False)

    def _toggle_heatmaps(self) -> None:
        heatmaps = [group.heatmap for group in self._desk.pool.groups if group.heatmap.data.any()]
        show = not any(layer.visible for layer in heatmaps)
        for layer in heatmaps:
            layer.visible = show

    def _toggle_readers(self) -> None:
        if self._desk.pool.exists:
            layer = self._desk.pool.reader.landmarks
            layer.visible = not layer.visible
            self._desk.say("" if layer.visible else "The readers' landmarks are hidden. G shows them again.")

    def _toggle_runs(self) -> None:
        pool = self._desk.pool
        pool.show_runs(not pool.shows_runs)
        self._desk.compared.redraw()  # in a view of two, not all of them are seen
        self._desk.say("" if pool.shows_runs else "The landmarks of runs are hidden. T shows them again.")

    def _say_saved(self) -> None:
        self._desk.attempt(lambda: self._desk.say(self._saved_text()))

    def _saved_text(self) -> str:
        last = self._desk.session.the_project().annotations.last_edit()
        if last is None:
            return "There is nothing to save yet. Every edit is on the disk before the window shows it."
        return f"Everything is saved already: the last edit, by {last.reader}, on {moment_text(last.time)}."

    def _toggle_masks(self) -> None:
        self._desk.companions.show_masks(not self._desk.companions.shows_masks)


def _sheet() -> QDialog:
    # Below a window of napari's it has its theme; none is active where the window manager gives none the focus.
    windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow) and each.isVisible()]
    dialog = QDialog(QApplication.activeWindow() or next(iter(windows), None))
    dialog.setWindowTitle("KDLand: keys")
    parts = list(shortcuts.sheet().items())
    half = (len(parts) + 1) // 2
    columns = QHBoxLayout(dialog)
    columns.setSpacing(24)
    for column in (parts[:half], parts[half:]):
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        columns.addLayout(grid)
        for title, lines in column:
            grid.addWidget(heading(title), grid.rowCount(), 0, 1, 2)
            for keys, text in lines:
                row = grid.rowCount()
                grid.addWidget(QLabel(f"<b>{keys}</b>"), row, 0)
                what = QLabel(text)
                what.setWordWrap(True)
                what.setMinimumWidth(_TEXT_WIDTH)
                grid.addWidget(what, row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        grid.setColumnStretch(1, 1)
    return dialog
