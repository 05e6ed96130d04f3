"""Puts converted data into layers that exist already; nothing here creates or removes a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_kdland.gui.compat import Image, Labels, Layer, Points, Vectors
    from napari_kdland.gui.layers.conversion import Frame, Marks, Strokes

# Under this name a layer keeps the marks that were drawn last.
_DRAWN = "kdland-marks"
_INK = (0.0, 0.0, 0.0, 1.0)
_NO_RIMS = np.zeros((8, 8), np.uint8)


def let_see(layer: Any, is_wanted: bool) -> None:
    """Show or hide a layer or an overlay.

    napari builds the whole grid anew even where nothing changes, half a second for many layers.
    """
    if layer.visible != is_wanted:
        layer.visible = is_wanted


def draw_marks(layer: Points, marks: Marks) -> None:
    """Replace all points of a layer; what they share with those before is left alone, as each change redraws."""
    layer.selected_data = set()
    layer.metadata[_DRAWN] = marks
    # The viewer would measure all layers anew, twice, in 5 ms each time; but points lie on an image that was measured.
    put_points(layer, marks.points)
    if not layer.visible:
        # napari slices only what is seen, and would draw the texts of points that are gone.
        layer.set_view_slice()
    known = list(layer.features["landmark"]), list(layer.features["label"])
    if known != (list(marks.names), list(marks.labels)):
        layer.features = {"landmark": list(marks.names), "label": list(marks.labels)}
    if len(marks.names) == 0:
        return
    if [str(symbol) for symbol in layer.symbol] != list(marks.symbols):
        layer.symbol = list(marks.symbols)
    if not np.array_equal(layer.size, marks.sizes):
        layer.size = marks.sizes
    if not np.allclose(layer.face_color, marks.colours):
        layer.face_color = marks.colours
    ink = np.tile(_INK, (len(marks.names), 1))
    if not np.allclose(layer.border_color, ink):
        layer.border_color = ink


def put_points(layer: Points, points: NDArray[np.float64]) -> None:
    """Lay the points of a layer at (y, x) without a word to those who hear of its data."""
    with layer.events.data.blocker():
        # A copy: napari's own tools move points within the array that the layer was given.
        layer.data = np.array(points)


def clear_marks(layer: Points) -> None:
    """Take all points out of a layer."""
    layer.metadata.pop(_DRAWN, None)
    if len(layer.data):
        put_points(layer, np.empty((0, 2), np.float64))


def keep_whole(layer: Points, told: Callable[[], None]) -> None:
    """Undo what napari's own tools add to a layer, delete from it or move in it: what a run says stays said.

    Otherwise the rows would no longer be those of the landmarks that were drawn. `told` is called each time.
    """

    def restore(event: Any) -> None:
        marks = layer.metadata.get(_DRAWN)
        if marks is not None and str(event.action) in ("added", "removed", "changed"):
            draw_marks(layer, marks)
            told()

    layer.events.data.connect(restore)


def draw_strokes(layer: Vectors, strokes: Strokes) -> None:
    """Replace all strokes of a layer."""
    layer.data = strokes.lines
    if not layer.visible:
        # A hidden layer keeps the rows that it showed last, and the new colours may be fewer.
        layer.set_view_slice()
    if len(strokes.lines):
        layer.edge_color = strokes.colours


def draw_picture(layer: Image, picture: NDArray[np.float32]) -> None:
    """Replace the picture of a layer; its contrast limits stay."""
    layer.data = picture


def draw_greys(layer: Image, greys: NDArray[np.float32], limits: Sequence[float], reach: Sequence[float]) -> None:
    """Replace the grey values of a layer, and between which of them it goes from black to white.

    `reach` is what napari's own slider offers; it is widened to hold the limits.
    """
    if layer.data is not greys:
        layer.data = greys
    limits = (float(limits[0]), float(limits[1]))
    if tuple(layer.contrast_limits) != limits:
        layer.contrast_limits = limits
    wanted = [min(limits[0], float(reach[0])), max(limits[1], float(reach[1]))]
    if layer.contrast_limits_range != wanted:
        layer.contrast_limits_range = wanted


def draw_like(layer: Image, model: Image) -> None:
    """Show in one layer what another one shows, in the same greys."""
    draw_greys(layer, model.data, model.contrast_limits, model.contrast_limits_range)
    if layer.colormap != model.colormap:
        layer.colormap = model.colormap


def draw_rims(layer: Labels, rims: NDArray[np.uint8] | None) -> None:
    """Replace the rims of regions; without any, the layer shrinks so that it widens no view."""
    wanted = _NO_RIMS if rims is None else rims
    if layer.data is not wanted:
        layer.data = wanted
        layer.editable = False  # new data make a layer editable again, and what is painted here would be lost


def lay(
    layer: Layer, frame: Frame, *, scale: tuple[float, float] | None = None, translate: tuple[float, float] = (0.0, 0.0)
) -> None:
    """Give a layer its place in the units of its image; `scale` is the frame's own unless told."""
    layer.units = frame.units
    layer.scale = scale or frame.scale
    layer.translate = translate
