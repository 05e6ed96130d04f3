"""The reader's region masks in the viewer, and a further channel to the right of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.compat import grid_of
from napari_kdland.gui.layers.drawing import draw_rims, let_see
from napari_kdland.gui.layers.greys import draw_look
from napari_kdland.gui.layers.style import region_colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.companions import Companions
    from napari_kdland.session.painting import Painting
    from napari_kdland.session.session import Session


class CompanionLayers:
    """Shows what there is of the image on screen beside its landmarks; to be made after the reader's binding.

    Parameters
    ----------
    viewer, session, pool, companions
        Where, and what is shown.
    painting
        What is painted is not shown as a rim too.
    """

    def __init__(
        self, viewer: ViewerModel, session: Session, pool: LayerPool, companions: Companions, painting: Painting
    ) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._companions = companions
        self._painting = painting
        self._seen = ""
        session.project_changed.connect(self._on_project)
        companions.masks_changed.connect(self.show_masks)
        painting.changed.connect(self._on_painting)
        companions.picture_changed.connect(self.show_channel)

    def close(self) -> None:
        """Part layers and companions."""
        self._session.project_changed.disconnect(self._on_project)
        self._companions.masks_changed.disconnect(self.show_masks)
        self._painting.changed.disconnect(self._on_painting)
        self._companions.picture_changed.disconnect(self.show_channel)

    def show_masks(self) -> None:
        """Replace the rims of the regions."""
        layer = self._pool.reader.masks if self._pool.exists else None
        if layer is not None:
            draw_rims(layer, self._rims())
            let_see(layer, self._companions.shows_masks)

    def show_channel(self) -> None:
        """Lay a further channel of the image to its right; where the user wants none, its layer goes."""
        if not self._pool.exists:
            return
        picture, channel = self._companions.picture, self._companions.channel
        if channel not in self._companions.channels:
            self._seen = ""
            self._pool.drop_channel()
            return
        layer = self._pool.channel()
        layer.name = channel
        let_see(layer, picture is not None)
        if picture is None:
            return
        draw_look(layer, picture)
        layer.colormap = self._pool.reader.radiograph.colormap
        self._pool.place_channel(aside=not grid_of(self._viewer).enabled)
        if channel != self._seen:
            self._viewer.reset_view()
        self._seen = channel

    def _rims(self) -> NDArray[np.uint8] | None:
        masks, project = self._companions.masks, self._session.project
        if masks is None or project is None or not self._painting.is_on:
            return None if masks is None else masks.rims
        # Regions that exclude each other are all on the canvas.
        overlapping, number = project.scheme.regions_overlap, self._painting.number
        return np.where(masks.rims == number, np.uint8(0), masks.rims) if overlapping else None

    def _on_painting(self) -> None:
        """Show the regions that are not painted as they are now."""
        if self._session.project is not None:
            self._companions.refresh()
        self.show_masks()

    def _on_project(self) -> None:
        project = self._session.project
        self._pool.regions = {} if project is None else region_colours(project.scheme)
