"""A ruler over the image: a drag measures, in millimetres where the spacing is known; nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import UsageError
from napari_kdland.gui.compat import Shapes, grid_of
from napari_kdland.gui.layers.drawing import let_see
from napari_kdland.gui.layers.making import COMMON
from napari_kdland.gui.layers.mouse_sharing import is_ours
from napari_kdland.gui.positions import length_text, spacing_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.session import Session

_INK = "#FF6F00"
_GRAB = 12  # screen pixels


class Ruler:
    """One line that each drag lays anew, or turns by one of its ends, while the ruler is out.

    Parameters
    ----------
    viewer, session, pool
        Where, on which image, and beside which layers.
    say
        Called with a line for the user.
    name
        Called with what stands beside the mouse while the ruler is out, empty where it is not.

    Attributes
    ----------
    is_out
        Whether a drag measures.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        pool: LayerPool,
        say: Callable[[str], None],
        name: Callable[[str], None],
    ) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._say = say
        self._name = name
        self._layer: Shapes | None = None
        self.is_out = False
        viewer.mouse_drag_callbacks.append(self._on_press)
        grid_of(viewer).events.enabled.connect(self._on_grid)
        session.image_changed.connect(self._on_image)

    def close(self) -> None:
        """Let go of the viewer."""
        self._viewer.mouse_drag_callbacks.remove(self._on_press)
        grid_of(self._viewer).events.enabled.disconnect(self._on_grid)
        self._session.image_changed.disconnect(self._on_image)

    def toggle(self) -> None:
        """Take the ruler out, or put it away.

        Raises
        ------
        UsageError
            If there is no image to measure on, or there are several beside each other.
        """
        if self.put_away():
            return
        record = self._session.record
        if record is None or not self._pool.exists:
            raise UsageError("There is no image to measure on. Choose one in the Project panel.")
        if grid_of(self._viewer).enabled:
            raise UsageError("The ruler measures on one image: choose another view in Compare than side by side.")
        self.is_out = True
        self._name("ruler")
        if self._layer is None:
            self._layer = _line()
        self._pool.take_in(self._layer)
        unit = "px: the spacing of this image is unknown" if record.spacing is None else spacing_text(record.spacing)
        self._say(f"Ruler: drag over the image to measure ({unit}). D puts it away; nothing of it is saved.")

    def put_away(self) -> bool:
        """Let a drag measure no longer and hide the line; give whether the ruler was out."""
        was_out, self.is_out = self.is_out, False
        self._clear()
        if was_out:
            self._name("")
            self._say("")
        return was_out

    def _on_press(self, _viewer: Any, event: Any) -> Iterator[None]:
        if not self.is_out or event.button != 1 or event.modifiers or event.handled:
            return
        if not is_ours(self._viewer, self._pool):
            return
        event.handled = True
        start, record = self._start(event), self._session.record
        yield
        while event.type == "mouse_move":
            event.handled = True
            if self._session.record is record:  # else the press was on the image before
                self._draw(start, self._place(event))
            yield

    def _start(self, event: Any) -> np.ndarray:
        """Give the end of the line that stays: the other one where the press is on one of them."""
        here = self._place(event)
        if self._layer is not None and self._layer.nshapes:
            first, second = np.asarray(self._layer.data[0])
            for end, other in ((first, second), (second, first)):
                away = (end - here) * self._pool.frame.scale * event.camera_zoom
                if np.linalg.norm(away) <= _GRAB:
                    return np.array(other)
        return here

    def _place(self, event: Any) -> np.ndarray:
        return np.array(self._pool.reader.radiograph.world_to_data(event.position)[-2:], dtype=np.float64)

    def _draw(self, start: np.ndarray, end: np.ndarray) -> None:
        record = self._session.record
        if record is None or self._layer is None:
            return
        self._pool.take_in(self._layer)
        self._layer.data = [(np.stack([start, end]), "line")]
        self._layer.features = {"length": [length_text(start, end, record.spacing)]}
        self._layer.edge_width = record.size[0] / 300
        self._layer.edge_color = _INK
        let_see(self._layer, True)

    def _clear(self) -> None:
        if self._layer is not None and self._layer.nshapes:
            self._layer.data = []
            let_see(self._layer, False)

    def _on_image(self) -> None:
        """Take the line away, which belongs to the image before; the ruler stays out while there are images."""
        self._clear()
        if self._session.record is None:
            self.put_away()

    def _on_grid(self) -> None:
        if grid_of(self._viewer).enabled:
            self.put_away()


def _line() -> Shapes:
    return Shapes(
        ndim=2,
        name="Ruler",
        features={"length": np.empty(0, dtype=object)},
        text={"string": "{length}", "color": _INK, "size": 14, "anchor": "upper_left"},
        opacity=1.0,
        visible=False,
        **COMMON,
    )
