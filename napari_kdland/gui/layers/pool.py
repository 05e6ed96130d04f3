"""The fixed pool of layers: made once, their data replaced when the image changes.

Layers stand in groups of four, so that napari's grid shows a group a cell: first the reader's (radiograph, heatmap,
prediction, landmarks), then one group for each compared run (radiograph, heatmap, errors, landmarks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.gui.compat import Image, Layer, Points, Vectors
from napari_kdland.gui.layers.conversion import Frame
from napari_kdland.gui.layers.drawing import lay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_kdland.gui.compat import ViewerModel

GROUP = 4
_AXES = ("y", "x")
_COMMON = {"axis_labels": _AXES, "units": ("pixel", "pixel")}
# napari's text has no outline: this orange can be read on bone and on air.
_TEXT: dict[str, Any] = {
    "string": "  {label}",
    "color": "#FF6F00",
    "size": 10,
    "anchor": "upper_left",
    "translation": 0,
}


@dataclass(frozen=True)
class ReaderGroup:
    """The reader's cell."""

    radiograph: Image
    heatmap: Image
    prediction: Points
    landmarks: Points

    def __iter__(self) -> Iterator[Layer]:
        return iter((self.radiograph, self.heatmap, self.prediction, self.landmarks))


@dataclass(frozen=True)
class RunGroup:
    """The cell of one compared run."""

    radiograph: Image
    heatmap: Image
    errors: Vectors
    landmarks: Points

    def __iter__(self) -> Iterator[Layer]:
        return iter((self.radiograph, self.heatmap, self.errors, self.landmarks))


class LayerPool:
    """Makes the layers when they are first needed and again where the user has deleted them.

    Parameters
    ----------
    viewer
        Where the layers live.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._frame = Frame()
        self._reader: ReaderGroup | None = None
        self._runs: list[RunGroup] = []

    @property
    def frame(self) -> Frame:
        """Scale and units that all our layers share: napari warns at once where one differs."""
        return self._frame

    @frame.setter
    def frame(self, frame: Frame) -> None:
        if frame != self._frame:
            self._frame = frame
            for layer in self:
                lay(layer, frame)

    @property
    def reader(self) -> ReaderGroup:
        """The reader's group, in the viewer."""
        if self._reader is None:
            self._reader = ReaderGroup(
                _radiograph("Radiograph"), _heatmap("Heatmap"), _points("Prediction", text=None), _points("Reader")
            )
        self._put(0, self._reader)
        return self._reader

    @property
    def exists(self) -> bool:
        """Whether the reader's group has been made."""
        return self._reader is not None

    def runs(self, count: int) -> list[RunGroup]:
        """Give the groups of the first `count` compared runs, in the viewer; those beyond are hidden."""
        _ = self.reader
        while len(self._runs) < count:
            number = len(self._runs) + 1
            self._runs.append(
                RunGroup(
                    _radiograph(f"Radiograph {number}"),
                    _heatmap(f"Heatmap {number}"),
                    _errors(f"Errors {number}"),
                    _points(f"Run {number}"),
                )
            )
        for index, group in enumerate(self._runs[:count], start=1):
            self._put(index, group)
        for group in self._runs[count:]:
            for layer in group:
                layer.visible = False
        return self._runs[:count]

    @property
    def groups(self) -> tuple[ReaderGroup | RunGroup, ...]:
        """All groups that have been made, the reader's first."""
        return () if self._reader is None else (self._reader, *self._runs)

    def __iter__(self) -> Iterator[Layer]:
        """Give all layers that have been made."""
        for group in self.groups:
            yield from group

    def bring_together(self) -> None:
        """Move our layers to the bottom of the list, group by group, as the grid counts them."""
        for place, layer in enumerate(self):
            if layer in self._viewer.layers:
                self._viewer.layers.move(self._viewer.layers.index(layer), place)

    def remove(self) -> None:
        """Take all our layers out of the viewer."""
        for layer in tuple(self):
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._reader = None
        self._runs = []

    def _put(self, index: int, group: ReaderGroup | RunGroup) -> None:
        selection = self._viewer.layers.selection
        active = selection.active
        for place, layer in enumerate(group, start=index * GROUP):
            if layer not in self._viewer.layers:
                lay(layer, self._frame)
                self._viewer.layers.insert(min(place, len(self._viewer.layers)), layer)
        # napari makes a new layer the active one, but clicks and keys belong to the reader's.
        if active is not None and active in self._viewer.layers:
            selection.active = active


def _radiograph(name: str) -> Image:
    return Image(np.zeros((8, 8), np.float32), name=name, colormap="gray", contrast_limits=(0, 1), **_COMMON)


def _heatmap(name: str) -> Image:
    return Image(
        np.zeros((8, 8), np.float32),
        name=name,
        colormap="magma",
        blending="additive",
        contrast_limits=(0, 1),
        opacity=0.8,
        visible=False,
        **_COMMON,
    )


def _points(name: str, text: dict[str, Any] | None = _TEXT) -> Points:
    return Points(
        np.empty((0, 2), np.float64),
        name=name,
        features={"landmark": np.empty(0, dtype=object), "label": np.empty(0, dtype=object)},
        text=text,
        border_width=0.12,
        # Markers are larger than the upper limit, so 14 px at every zoom; a lower limit above 2 px makes vispy draw
        # nothing but border.
        canvas_size_limits=(2, 14),
        **_COMMON,
    )


def _errors(name: str) -> Vectors:
    return Vectors(np.empty((0, 2, 2)), name=name, vector_style="line", opacity=1.0, visible=False, **_COMMON)
