"""Puts our layers back where the user has deleted them in napari: without them nothing can be seen or placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer

if TYPE_CHECKING:
    from napari_kdland.gui.compat import Layer
    from napari_kdland.gui.desk import Desk


class LayerKeeper:
    """Hears of layers that go, and puts those back that the open project still needs.

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

    def close(self) -> None:
        """Let layers go."""
        self._desk.viewer.layers.events.removed.disconnect(self._on_removed)
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

    def _on_removed(self, event: Any) -> None:
        if event.value in self._desk.pool and not self._desk.is_closing:
            self._gone.append(event.value)
            self._soon.start()
