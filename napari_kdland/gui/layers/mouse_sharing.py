"""Whose the mouse is: ours while one of our layers is active, unless a tool of napari's is in use, which is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_kdland.gui.compat import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_kdland.gui.compat import Layer, ViewerModel
    from napari_kdland.gui.layers.mouse import Hand
    from napari_kdland.gui.layers.pool import LayerPool


# At the foot of the window, in place of napari's "use <2> for add points": that key chooses the second landmark here.
HELP = "? shows all keys"


class MouseSharing:
    """Gives each press over the canvas to the hand that places, whichever of our layers is the active one.

    It is to be made after all others who listen to the viewer's mouse: what they take is not the hand's.

    Parameters
    ----------
    viewer, pool
        Whose mouse, and which layers are ours.
    hand
        Places and drags the reader's landmarks.
    say
        Called with a line where a tool of napari's has the mouse.
    """

    def __init__(self, viewer: ViewerModel, pool: LayerPool, hand: Hand, say: Callable[[str], None]) -> None:
        self._viewer = viewer
        self._pool = pool
        self._hand = hand
        self._say = say
        viewer.mouse_drag_callbacks.append(self._on_press)
        viewer.layers.selection.events.active.connect(self._on_change)
        viewer.layers.events.inserted.connect(self._on_inserted, position="last")
        viewer.layers.events.removed.connect(self._on_removed)

    def close(self) -> None:
        """Let go of the mouse, and of the foot of the window."""
        self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._viewer.layers.selection.events.active.disconnect(self._on_change)
        self._viewer.layers.events.inserted.disconnect(self._on_inserted)
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        for layer in self._viewer.layers:
            if layer in self._pool:
                layer.events.mode.disconnect(self._on_change)
                layer.events.mode.disconnect(self._on_mode)
                layer.help = ""
        if self._viewer.help == HELP:
            self._viewer.help = ""

    def take(self) -> bool:
        """Take the mouse from a tool of napari's; give whether one had it."""
        tool = self._tool()
        if tool:
            self._viewer.layers.selection.active.mode = "pan_zoom"
            self._say("A click places again.")
        return bool(tool)

    def _tool(self) -> str:
        """Give the tool of napari's that has the mouse on one of our layers; empty where none has."""
        active = self._viewer.layers.selection.active
        return "" if active not in self._pool or active.mode == "pan_zoom" else str(active.mode)

    def _on_press(self, _viewer: Any, event: Any) -> Iterator[None]:
        if not self._pool.exists or not is_ours(self._viewer, self._pool):
            self._on_change()
            return
        yield from self._hand(self._pool.reader.landmarks, event)

    def _on_change(self, _event: Any = None) -> None:
        tool = self._tool()
        if tool:
            self._say(f'napari\'s tool "{tool}" has the mouse, so that a click is its own. Esc gives it back.')

    def _on_inserted(self, event: Any) -> None:
        if event.value in self._pool:
            event.value.events.mode.connect(self._on_change)
            event.value.events.mode.connect(self._on_mode, position="last")
            self._help(event.value)

    def _on_removed(self, event: Any) -> None:
        if event.value in self._pool:
            event.value.events.mode.disconnect(self._on_change)
            event.value.events.mode.disconnect(self._on_mode)

    def _on_mode(self, event: Any) -> None:
        """Say our keys again: napari has just said its own, which are not bound on our layers."""
        self._help(event.source)
        if self._viewer.layers.selection.active is event.source:
            self._viewer.help = event.source.help

    def _help(self, layer: Layer) -> None:
        if not isinstance(layer, Labels):  # napari's keys paint
            layer.help = HELP


def is_ours(viewer: ViewerModel, pool: LayerPool) -> bool:
    """Tell whether the mouse is ours: a layer of ours is active, or none, and no tool of napari's is in use."""
    active = viewer.layers.selection.active
    return active is None or (active in pool and active.mode == "pan_zoom")
