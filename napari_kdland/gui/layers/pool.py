"""The fixed pool of layers: made once, their data replaced when the image changes.

Layers stand in groups of equal size, so that napari's grid shows a group a cell: first the reader's, then one for each
compared run. Groups hold layers of masks only where the scheme has regions. A further channel of the image has a layer
behind all groups, and so a cell of its own, and so have layers that others bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kdland.gui.compat import DirectLabelColormap, Image, Labels, Layer, Points, Vectors, name_overlay_of
from napari_kdland.gui.layers import making
from napari_kdland.gui.layers.conversion import Frame
from napari_kdland.gui.layers.drawing import keep_whole, lay, let_see

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from napari_kdland.gui.compat import ViewerModel

_TRUTH = "#FFFFFF"
# Between an image and the channel beside it, as a share of the image's width.
_GAP = 0.02


@dataclass(frozen=True)
class ReaderGroup:
    """The reader's cell; `masks` are the reader's, `predicted_masks` a run's."""

    radiograph: Image
    heatmap: Image
    masks: Labels | None
    predicted_masks: Labels | None
    prediction: Points
    landmarks: Points

    def __iter__(self) -> Iterator[Layer]:
        layers = (self.radiograph, self.heatmap, self.masks, self.predicted_masks, self.prediction, self.landmarks)
        return (layer for layer in layers if layer is not None)


@dataclass(frozen=True)
class RunGroup:
    """The cell of one compared run; `truth_masks` are the reader's, in white, below its own."""

    radiograph: Image
    heatmap: Image
    truth_masks: Labels | None
    masks: Labels | None
    errors: Vectors
    landmarks: Points

    def __iter__(self) -> Iterator[Layer]:
        layers = (self.radiograph, self.heatmap, self.truth_masks, self.masks, self.errors, self.landmarks)
        return (layer for layer in layers if layer is not None)


class LayerPool:
    """Makes the layers when they are first needed and again where the user has deleted them.

    Parameters
    ----------
    viewer
        Where the layers live.

    Attributes
    ----------
    regions
        Colours of the regions by their titles; to be set before the first layer is made.
    shows_runs
        Whether landmarks that runs predicted are to be seen where there are some.
    undone
        Emits when what a tool of napari's did to landmarks of a run has been undone.
    """

    undone = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._frame = Frame()
        self.regions: Mapping[str, str] = {}
        self.shows_runs = True
        self._reader: ReaderGroup | None = None
        self._runs: list[RunGroup] = []
        self._n_runs = 0
        self._channel: Image | None = None
        self._further: list[Layer] = []

    @property
    def group_size(self) -> int:
        """Layers in each group."""
        return 6 if self.regions else 4

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
                making.radiograph("Radiograph"),
                making.heatmap("Heatmap"),
                self._rims("Masks"),
                self._rims("Predicted masks"),
                self._kept(making.points("Prediction", text=None)),
                making.points("Reader"),
            )
            self._lay(self._reader)
        self._put(0, self._reader)
        return self._reader

    @property
    def exists(self) -> bool:
        """Whether the reader's group has been made."""
        return self._reader is not None

    def runs(self, count: int) -> list[RunGroup]:
        """Give the groups of the first `count` compared runs, in the viewer; those beyond are hidden."""
        _ = self.reader
        self._n_runs = count
        while len(self._runs) < count:
            number = len(self._runs) + 1
            group = RunGroup(
                making.radiograph(f"Radiograph {number}"),
                making.heatmap(f"Heatmap {number}"),
                self._rims(f"Reader's masks {number}", colour=_TRUTH),
                self._rims(f"Masks {number}"),
                making.errors(f"Errors {number}"),
                self._kept(making.points(f"Run {number}")),
            )
            self._lay(group)
            self._runs.append(group)
        for index, group in enumerate(self._runs[:count], start=1):
            self._put(index, group)
        for group in self._runs[count:]:
            for layer in group:
                let_see(layer, False)
        return self._runs[:count]

    def show_runs(self, is_wanted: bool) -> None:
        """Let landmarks of runs be seen or not, on this and all images to come."""
        self.shows_runs = is_wanted
        for layer in self._run_landmarks():
            let_see(layer, is_wanted)

    def _run_landmarks(self) -> Iterator[Points]:
        # Without points it shows nothing, and nobody wants it seen.
        if self._reader is not None and len(self._reader.prediction.data):
            yield self._reader.prediction
        yield from (group.landmarks for group in self._runs[: self._n_runs])

    def channel(self) -> Image:
        """Give the layer of a further channel, in the viewer behind all groups."""
        if self._channel is None:
            self._channel = making.radiograph("Channel")
            self._lay([self._channel])
        if self._channel not in self._viewer.layers:
            self._insert(len(self._viewer.layers), [self._channel])
        return self._channel

    def take_in(self, layer: Layer) -> None:
        """Hold a layer of somebody else's making, in the viewer behind all groups, as one of ours."""
        if layer not in self._further:
            self._further.append(layer)
            self._lay([layer])
        if layer not in self._viewer.layers:
            self._insert(len(self._viewer.layers), [layer])

    def place_channel(self, *, aside: bool) -> None:
        """Lay the channel to the right of its image, or, where it has a cell of its own, as its image lies."""
        if self._channel is not None:
            width = self.reader.radiograph.data.shape[1] * (1 + _GAP) * self._frame.scale[1]
            lay(self._channel, self._frame, translate=(0.0, width if aside else 0.0))
            name_overlay_of(self._channel).visible = not aside

    def drop_channel(self) -> None:
        """Take the layer of a further channel out of the viewer."""
        if self._channel is not None and self._channel in self._viewer.layers:
            self._viewer.layers.remove(self._channel)
        self._channel = None

    @property
    def n_cells(self) -> int:
        """Cells of the grid that something is seen in, or will be when a further channel has been read."""
        return sum(any(layer.visible for layer in group) for group in self.groups) + (self._channel is not None)

    @property
    def groups(self) -> tuple[ReaderGroup | RunGroup, ...]:
        """All groups that have been made, the reader's first."""
        return () if self._reader is None else (self._reader, *self._runs)

    @property
    def pictures(self) -> tuple[Image, ...]:
        """The layers that show the image itself, or a channel of it."""
        channel = () if self._channel is None else (self._channel,)
        return (*(group.radiograph for group in self.groups), *channel)

    def __iter__(self) -> Iterator[Layer]:
        """Give all layers that have been made."""
        for group in self.groups:
            yield from group
        if self._channel is not None:
            yield self._channel
        yield from self._further

    def bring_together(self) -> None:
        """Move our layers to the bottom of the list, group by group, as the grid counts them."""
        self._order(self)

    def pile_up(self) -> None:
        """Move our layers to the bottom of the list, kind by kind: over one radiograph no heatmap may hide a landmark.

        The reader's landmarks come last, as their rings let others be seen.
        """
        pictures, kinds = set(self.pictures), (Image, Labels, Vectors, Points)
        last = {self.reader.landmarks: 5} | dict.fromkeys(self._further, 6)

        def height(layer: Layer) -> int:
            found = next(place for place, kind in enumerate(kinds, start=1) if isinstance(layer, kind))
            return 0 if layer in pictures else last.get(layer, found)

        self._order(sorted(self, key=height))

    def _order(self, wanted: Iterable[Layer]) -> None:
        layers = self._viewer.layers
        for place, layer in enumerate([layer for layer in wanted if layer in layers]):
            if layers[place] is not layer:
                layers.move(layers.index(layer), place)

    def restore(self) -> None:
        """Put back, each in its place and as it was, what the user has deleted of the layers that were made."""
        for index, group in enumerate(self.groups):
            self._put(index, group)
        if self._channel is not None:
            self.channel()
        for layer in self._further:
            self.take_in(layer)

    def remove(self) -> None:
        """Take all our layers out of the viewer."""
        for layer in tuple(self):
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._reader = self._channel = None
        self._runs, self._further = [], []
        self._n_runs = 0

    def _lay(self, layers: Iterable[Layer]) -> None:
        for layer in layers:
            lay(layer, self._frame)

    def _put(self, index: int, group: ReaderGroup | RunGroup) -> None:
        self._insert(index * self.group_size, group)

    def _insert(self, start: int, layers: Iterable[Layer]) -> None:
        selection = self._viewer.layers.selection
        active = selection.active
        for place, layer in enumerate(layers, start=start):
            if layer not in self._viewer.layers:
                self._viewer.layers.insert(min(place, len(self._viewer.layers)), layer)
        # napari makes a new layer the active one, but clicks and keys belong to the reader's.
        if active is not None and active in self._viewer.layers:
            selection.active = active

    def _kept(self, layer: Points) -> Points:
        keep_whole(layer, self.undone.emit)
        return layer

    def _rims(self, name: str, *, colour: str | None = None) -> Labels | None:
        if not self.regions:
            return None
        colours: dict[int | None, str] = {None: "transparent", 0: "transparent"}
        colours |= {number: colour or own for number, own in enumerate(self.regions.values(), start=1)}
        return Labels(
            np.zeros((8, 8), np.uint8),
            name=name,
            colormap=DirectLabelColormap(color_dict=colours),
            features={"index": list(range(len(self.regions) + 1)), "region": ["", *self.regions]},
            blending="translucent_no_depth",
            opacity=0.9,
            visible=False,
            **making.COMMON,
        )
