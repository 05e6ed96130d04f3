"""What part of an image is on screen, kept when an image of another size takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.gui.compat import camera_of, viewbox_of

if TYPE_CHECKING:
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.conversion import Frame


class Extent(NamedTuple):
    """Where an image lies in the units of its layers: its first edges and its lengths, down and to the right."""

    top: float
    left: float
    height: float
    width: float

    @classmethod
    def of(cls, shape: tuple[int, ...], frame: Frame) -> Extent:
        """Give the extent of (H, W) pixels; the first pixel's centre is 0."""
        (height, width), (down, right) = shape[-2:], frame.scale
        return cls(-0.5 * down, -0.5 * right, height * down, width * right)


def keep_framing(viewer: ViewerModel, before: Extent, after: Extent) -> None:
    """Move and zoom the camera so that the same part of an image of another size is seen, as large.

    The middle of the canvas stays at the same share of the image's height and width, and the zoom stays the same
    multiple of the one at which the whole image fits.
    """
    if before == after:
        return
    camera = camera_of(viewer)
    y, x = camera.center[-2:]
    down, right = (y - before.top) / before.height, (x - before.left) / before.width
    zoom = camera.zoom * fitting_zoom(viewer, after) / fitting_zoom(viewer, before)
    camera.center = (0.0, after.top + down * after.height, after.left + right * after.width)
    camera.zoom = zoom


def fitting_zoom(viewer: ViewerModel, extent: Extent) -> float:
    """Give the zoom, screen pixels per unit, at which an extent just fits into a cell of the canvas."""
    height, width = viewbox_of(viewer)
    return min(height / extent.height, width / extent.width)
