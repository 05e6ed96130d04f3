"""Keeps our layers where they belong: without them nothing can be seen, and moved they would show untrue places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer

if TYPE_CHECKING:
    from napari_kdland.gui.compat import Layer
    from napari_kdland.gui.desk import Desk


class LayerKeeper:
    """Puts layers back that were deleted and the open project still needs, or that were moved, scaled or turned.

    Parameters
    ----------
    desk
        Whose layers they are, and who tells the user.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._gone: list[Layer] = []
        # Not at once: napari goes on with its list while it tells of the removal, and we may be the ones who remove.
        self._soon = QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.put_back)
        desk.viewer.layers.events.removed.connect(self._on_removed)
        desk.viewer.layers.events.inserted.connect(self._on_inserted)

    def close(self) -> None:
        """Let layers go."""
        self._desk.viewer.layers.events.removed.disconnect(self._on_removed)
        self._desk.viewer.layers.events.inserted.disconnect(self._on_inserted)
        for layer in self._desk.viewer.layers:
            if layer in self._desk.pool:
                layer.events.affine.disconnect(self._on_turned)
        self._soon.stop()

    def put_back(self) -> None:
        """Put back what was deleted and is still ours, and give the reader's layer mouse and keys again."""
        pool = self._desk.pool
        missed = [layer for layer in self._gone if layer in pool]
        self._gone = []
        if not missed or self._desk.is_closing:
            return
        pool.restore()
        self._desk.viewer.layers.selection.active = self._desk.brush.layer or pool.reader.landmarks
        names = ", ".join(f'"{layer.name}"' for layer in missed)
        was, it = ("layer {} was", "it is") if len(missed) == 1 else ("layers {} were", "they are")
        self._desk.say(
            f"The {was.format(names)} deleted, so {it} put back: our layers only show the project. Nothing is lost."
        )

    def _on_inserted(self, event: Any) -> None:
        if event.value in self._desk.pool:
            event.value.events.affine.connect(self._on_turned)

    def _on_removed(self, event: Any) -> None:
        if event.value not in self._desk.pool:
            return
        event.value.events.affine.disconnect(self._on_turned)
        if not self._desk.is_closing:
            self._gone.append(event.value)
            self._soon.start()

    def _on_turned(self, event: Any) -> None:
        """Undo what napari's transform tool did: what is seen would no longer be where the project has it."""
        layer, as_it_was = event.source, np.eye(event.source.ndim + 1)
        if not np.allclose(layer.affine.affine_matrix, as_it_was):
            layer.affine = as_it_was
            self._desk.refuse(
                f'The layer "{layer.name}" shows the project and stays where it is: napari\'s transform tool cannot '
                "move it. Esc gives the mouse back."
            )
