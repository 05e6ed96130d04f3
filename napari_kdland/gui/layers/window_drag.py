"""Ctrl and a drag of the mouse over the canvas: to the right widens the window, down moves it up, and so darkens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.session.windowing import Windowing

# Screen pixels for the usual range of an image's grey values: a drag over most of the canvas.
_WHOLE = 800.0


class WindowDrag:
    """A drag callback for the viewer, in whatever cell of its grid and whichever layer is active.

    Parameters
    ----------
    windowing
        What is changed.
    """

    def __init__(self, windowing: Windowing) -> None:
        self._windowing = windowing

    def __call__(self, viewer: ViewerModel, event: Any) -> Iterator[None]:
        """Follow one press of the mouse to its release."""
        start = self._windowing.look
        if event.button != 1 or list(event.modifiers) != ["Control"] or start is None or _has_tool(viewer):
            return
        pressed_at = [float(place) for place in event.pos]
        event.handled = True
        yield
        while event.type == "mouse_move":
            event.handled = True  # the camera stands
            right, down = ((float(now) - then) / _WHOLE for now, then in zip(event.pos, pressed_at, strict=True))
            self._windowing.pull(start, right=right, down=down)
            yield


def _has_tool(viewer: ViewerModel) -> bool:
    """Tell whether a tool of napari's, to which Ctrl may mean something, has the mouse."""
    active = viewer.layers.selection.active
    return active is not None and active.mode != "pan_zoom"
