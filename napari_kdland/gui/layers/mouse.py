"""One-mode editing with the mouse: a click on the image places, a press on a landmark drags it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_kdland.gui.compat import Points

# In screen pixels. A hand moves a little while it clicks: napari's own threshold of 5 turned many clicks into pans.
_CLICK = 7
_GRAB = 12
_STILL = 2


@dataclass
class _Drag:
    row: int
    start: NDArray[np.float64]
    pressed_at: NDArray[np.float64]
    grip: NDArray[np.float64]
    is_held: bool = False
    has_moved: bool = False
    is_dropped: bool = False

    @property
    def is_free(self) -> bool:
        """Whether the landmark follows the mouse."""
        return not (self.is_held or self.is_dropped)


class Hand:
    """A drag callback with the Points layer whose points it moves, whichever layer is the active one.

    Parameters
    ----------
    place
        Called with (y, x) in image pixels when the user clicks beside all landmarks.
    moved
        Called with the row of the layer and (y, x) when the user lets go of a landmark.
    grabbed
        Called with the row of the layer when the user presses on a landmark; gives whether it may be moved.
    refused
        Called with the row of the layer when the user drags a landmark that may not be moved.
    show
        Called with the layer and all its points (N, 2) while the user drags.
    """

    def __init__(
        self,
        *,
        place: Callable[[tuple[float, float]], None],
        moved: Callable[[int, tuple[float, float]], None],
        grabbed: Callable[[int], bool],
        refused: Callable[[int], None],
        show: Callable[[Points, NDArray[np.float64]], None],
    ) -> None:
        self._place = place
        self._moved = moved
        self._grabbed = grabbed
        self._refused = refused
        self._show = show
        self._drag: _Drag | None = None
        self._layer: Points | None = None
        self._n_forgotten = 0

    def __call__(self, layer: Points, event: Any) -> Iterator[None]:
        """Follow one press of the mouse to its release, unless somebody else has taken it."""
        is_ours = event.button == 1 and not event.modifiers and not event.handled
        if not is_ours or event.viewbox not in (None, (0, 0)):
            return
        row = nearest_row(layer, event)
        if row is None:
            yield from self._click(layer, event)
        else:
            event.handled = True
            yield from self._pull(layer, event, row)

    def let_go(self) -> bool:
        """Put a dragged landmark back where it was; give whether one was being dragged."""
        if self._drag is None or self._layer is None:
            return False
        self._drag.is_dropped = True
        self._put(self._layer, self._drag.row, self._drag.start)
        self._drag = None
        return True

    def forget(self) -> None:
        """Let a press under way lead to nothing: what it was made on is no longer on screen."""
        self._n_forgotten += 1
        if self._drag is not None:
            self._drag.is_dropped = True
            self._drag = None

    def _click(self, layer: Points, event: Any) -> Iterator[None]:
        pressed_at, n_forgotten = np.array(event.pos), self._n_forgotten
        here = _in_image(layer, event)
        yield
        while event.type == "mouse_move":
            if _is_near(event.pos, pressed_at):
                event.handled = True  # hold the camera until it is clear that this is no click
            yield
        if _is_near(event.pos, pressed_at) and n_forgotten == self._n_forgotten:
            self._place(here)

    def _pull(self, layer: Points, event: Any, row: int) -> Iterator[None]:
        pressed_at, start = np.array(event.pos), np.array(layer.data[row][-2:])
        grip = start - _in_image(layer, event)
        drag = self._drag = _Drag(row, start, pressed_at, grip, is_held=not self._grabbed(row))
        self._layer = layer
        yield
        while event.type == "mouse_move":
            event.handled = True
            self._follow(layer, event, drag)
            yield
        self._drag = None
        # vispy drops moves in quick succession, so the release may be the first that is heard of a drag.
        self._follow(layer, event, drag)
        if drag.has_moved and drag.is_free:
            y, x = np.array(_in_image(layer, event)) + grip
            self._moved(row, (float(y), float(x)))

    def _follow(self, layer: Points, event: Any, drag: _Drag) -> None:
        if not drag.has_moved and not _is_near(event.pos, drag.pressed_at, _STILL):
            drag.has_moved = True
            if drag.is_held:
                self._refused(drag.row)
        if drag.has_moved and drag.is_free:
            self._put(layer, drag.row, np.array(_in_image(layer, event)) + drag.grip)

    def _put(self, layer: Points, row: int, point: NDArray[np.float64]) -> None:
        points = np.array(layer.data)
        points[row] = point
        self._show(layer, points)


def nearest_row(layer: Points, event: Any) -> int | None:
    """Give the row of the point under the mouse, within some screen pixels; `None` where there is none."""
    if len(layer.data) == 0:
        return None
    away = (layer.data - _in_image(layer, event)) * layer.scale * event.camera_zoom
    distances = np.linalg.norm(away, axis=1)
    row = int(np.argmin(distances))
    return row if distances[row] <= _GRAB else None


def _in_image(layer: Points, event: Any) -> tuple[float, float]:
    y, x = layer.world_to_data(event.position)[-2:]
    return float(y), float(x)


def _is_near(pos: Any, start: NDArray[np.float64], limit: float = _CLICK) -> bool:
    return bool(np.linalg.norm(np.asarray(pos) - start) < limit)
