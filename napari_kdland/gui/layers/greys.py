"""Between the windows of images and the layers that show them; napari's own slider of contrast limits is heeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.gui.layers.drawing import draw_greys, draw_like
from napari_kdland.images.presets import FULL
from napari_kdland.session.windowing import first_look

if TYPE_CHECKING:
    from napari_kdland.gui.compat import Image
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.album import Picture
    from napari_kdland.session.session import Session
    from napari_kdland.session.windowing import Look, Windowing


class GreyLayers:
    """Shows the image on screen through its window, in every layer that holds it.

    Parameters
    ----------
    session, pool, windowing
        What is shown, in which layers, and how.
    """

    def __init__(self, session: Session, pool: LayerPool, windowing: Windowing) -> None:
        self._session = session
        self._pool = pool
        self._windowing = windowing
        self._is_writing = False
        self._heard: Image | None = None
        windowing.changed.connect(self.show)
        windowing.turned.connect(self._turn)

    def close(self) -> None:
        """Part layers and windows."""
        self._windowing.changed.disconnect(self.show)
        self._windowing.turned.disconnect(self._turn)
        self._hear(None)

    def show(self) -> None:
        """Show the image on screen as it is wanted; the layers of compared runs follow where they are seen."""
        picture, look = self._session.radiograph, self._windowing.look
        if picture is None or look is None:
            self._hear(None)
            return
        reader = self._pool.reader.radiograph
        self._hear(reader)
        self._is_writing = True
        draw_look(reader, picture, look)
        self._is_writing = False
        for group in self._pool.groups[1:]:
            if group.radiograph.visible:
                draw_like(group.radiograph, reader)

    def _hear(self, layer: Image | None) -> None:
        if layer is self._heard:
            return
        if self._heard is not None:
            self._heard.events.contrast_limits.disconnect(self._on_limits)
        self._heard = layer
        if layer is not None:
            layer.events.contrast_limits.connect(self._on_limits)
            if self._windowing.is_inverted:
                self._turn()

    def _turn(self) -> None:
        """Swap the colours of every picture; their values stay."""
        for picture in self._pool.pictures:
            picture.colormap = "gray_r" if self._windowing.is_inverted else "gray"

    def _on_limits(self) -> None:
        """Take over what the user did with napari's own slider."""
        if not self._is_writing and self._heard is not None:
            low, high = self._heard.contrast_limits
            self._windowing.set_limits(float(low), float(high))


def draw_look(layer: Image, picture: Picture, look: Look | None = None) -> None:
    """Show a picture as it is wanted, or, where nothing is wanted, as its file asks for."""
    look = look or first_look(picture)
    full = picture.preset(FULL)
    reach = (full.low, full.high) if look.preset.curve is None else (0.0, 1.0)
    draw_greys(layer, picture.through(look.preset), (look.low, look.high), reach)
