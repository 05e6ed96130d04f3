"""The layer in which regions are painted with napari's own tools; it is there only while somebody paints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.gui.compat import Labels, grid_of, painting_colours
from napari_kdland.gui.layers.drawing import lay
from napari_kdland.gui.layers.style import region_colours
from napari_kdland.gui.widgets import in_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_kdland.gui.desk import Desk

NAME = "Regions (painting)"
# What else the keys of a Labels layer do is napari's: 1 to 7 choose its tools, [ and ] the size of the brush.
_KEYS = (
    "undo",
    "redo",
    "next_image",
    "previous_image",
    "next_unlabelled",
    "hide",
    "invert",
    "toggle_masks",
    "show_sheet",
)
TOOLS = ("paint", "erase", "fill", "polygon")
# Share of the image's height that the brush has at first.
_BRUSH = 1 / 40


class PaintLayer:
    """Shows the canvas of the session's painting in a Labels layer, and takes every stroke to the session.

    Parameters
    ----------
    desk
        Where it is, what is painted, and who is told of refusals.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._painting = desk.painting
        self._is_writing = False
        self._is_due = False
        self.layer: Labels | None = None
        self._painting.holds = self._held
        self._painting.changed.connect(self._on_changed)
        self._painting.canvas_changed.connect(self._show)
        desk.viewer.layers.events.removed.connect(self._on_removed)
        grid_of(desk.viewer).events.enabled.connect(self._on_grid)

    def close(self) -> None:
        """Save what is under the brush and take the layer away."""
        self._desk.attempt(self._painting.stop)
        self._painting.changed.disconnect(self._on_changed)
        self._painting.canvas_changed.disconnect(self._show)
        self._desk.viewer.layers.events.removed.disconnect(self._on_removed)
        grid_of(self._desk.viewer).events.enabled.disconnect(self._on_grid)

    def start(self, region: str = "") -> None:
        """Let the reader paint a region."""
        if grid_of(self._desk.viewer).enabled:
            self._desk.refuse("Regions are painted on the reader's image alone. Leave side by side in Compare first.")
            self._painting.changed.emit()
            return
        if not self._desk.attempt(self._painting.start, region):
            self._painting.changed.emit()

    def use(self, tool: str) -> None:
        """Choose one of napari's tools: paint, erase, fill or polygon."""
        if self.layer is not None:
            self._desk.viewer.layers.selection.active = self.layer
            self.layer.mode = tool

    def refresh(self) -> None:
        """Take in what other windows have saved."""
        self._painting.refresh()
        if self._desk.session.project is not None:
            self._desk.companions.refresh()

    def _held(self) -> NDArray[np.integer] | None:
        return None if self.layer is None else np.asarray(self.layer.data)

    def _on_changed(self) -> None:
        painting, layers = self._painting, self._desk.viewer.layers
        if not painting.is_on:
            if self.layer is not None:
                self._desk.pointer.name_tool("")
            self._take_away()
            return
        if self.layer is None:
            self._show()
            self._desk.viewer.layers.selection.active = self.layer
        if self.layer is not None:
            layers.selection.active = self.layer
            with self._writing():
                self.layer.selected_label = painting.number
            if self.layer.mode == "pan_zoom":
                self.layer.mode = "paint"
            colours = region_colours(self._desk.session.the_project().scheme)
            self._desk.pointer.name_tool(in_colour(*list(colours.items())[painting.number - 1]))

    def _show(self) -> None:
        """Replace what the layer shows by what counts in the project."""
        canvas, session = self._painting.canvas(), self._desk.session
        if canvas is None or session.project is None:
            return
        mode = "paint"
        if self.layer is None:
            # The tool is chosen only once the layer is there: napari's buttons would show another one.
            self.layer = self._made(canvas)
            self._desk.viewer.layers.append(self.layer)
        else:
            mode = self.layer.mode
        with self._writing():
            self.layer.data = canvas
            self.layer.selected_label = self._painting.number
            lay(self.layer, self._desk.pool.frame)
        self.layer.mode = mode

    def _made(self, canvas: NDArray[np.uint8]) -> Labels:
        colours = region_colours(self._desk.session.the_project().scheme)
        layer = Labels(
            canvas,
            name=NAME,
            colormap=painting_colours(list(colours.values())),
            features={"index": list(range(len(colours) + 1)), "region": ["", *colours]},
            opacity=0.45,
            axis_labels=("y", "x"),
            units=self._desk.pool.frame.units,
            scale=self._desk.pool.frame.scale,
        )
        layer.brush_size = max(1, round(canvas.shape[0] * _BRUSH))
        layer.selected_label = self._painting.number
        layer.events.paint.connect(self._on_paint)
        layer.events.labels_update.connect(self._on_update)
        layer.events.selected_label.connect(self._on_label)
        self._desk.actions.bind(layer, only=_KEYS)
        return layer

    def _take_away(self) -> None:
        layer, self.layer = self.layer, None
        if layer is None:
            return
        layer.events.paint.disconnect(self._on_paint)
        layer.events.labels_update.disconnect(self._on_update)
        layer.events.selected_label.disconnect(self._on_label)
        if layer in self._desk.viewer.layers:
            self._desk.viewer.layers.remove(layer)
        if self._desk.pool.exists and not self._desk.is_closing:
            self._desk.viewer.layers.selection.active = self._desk.pool.reader.landmarks

    def _on_paint(self, _event: Any = None) -> None:
        """Save a stroke; the polygon tool tells of one before it has painted."""
        self._is_due = not self._take()

    def _on_update(self, _event: Any = None) -> None:
        if self._is_due:
            self._is_due = False
            self._take()

    def _take(self) -> bool:
        has_changed: list[bool] = []
        if self.layer is not None and not self._is_writing:
            canvas = np.asarray(self.layer.data)
            if not self._desk.attempt(lambda: has_changed.append(self._painting.take(canvas))):
                return True
        return has_changed == [True]

    def _on_label(self, _event: Any = None) -> None:
        """Follow napari's own choice of a label to its region; other labels are no region's."""
        if self.layer is None or self._is_writing or self.layer.selected_label in (0, self._painting.number):
            return
        names = self._desk.session.the_project().scheme.region_names
        chosen = int(self.layer.selected_label)
        if 1 <= chosen <= len(names):
            self.start(names[chosen - 1])
            return
        with self._writing():
            self.layer.selected_label = self._painting.number
        self._desk.refuse(f"Label {chosen} is no region's: the scheme has {len(names)}. Choose one of them.")

    def _on_removed(self, event: Any) -> None:
        if event.value is self.layer:
            self._painting.stop()
            self._desk.say("The layer was deleted, so painting has ended. What was painted is saved.")

    def _on_grid(self, _event: Any = None) -> None:
        if grid_of(self._desk.viewer).enabled:
            self._painting.stop()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        was_writing, self._is_writing = self._is_writing, True
        try:
            yield
        finally:
            self._is_writing = was_writing
