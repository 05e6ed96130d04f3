"""Takes the user to one landmark of one image, as soon as that image is on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.compat import camera_of, viewbox_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.session import Session

# Of the image's height, seen around the landmark.
_AROUND = 0.25


class Focus:
    """Remembers where to look until the image has been read.

    Parameters
    ----------
    viewer, session, pool
        Whose camera, whose image, and the units of its layers.
    """

    def __init__(self, viewer: ViewerModel, session: Session, pool: LayerPool) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._wanted: tuple[int, str] | None = None

    def go_to(self, image: str, landmark: str) -> None:
        """Show an image by its name, and make a landmark the current one there."""
        image_id = self._session.the_project().records.find(image).image_id
        self._wanted = image_id, landmark
        self._session.paging.go_to(image_id)

    def look(self, predicted: Landmarks | None) -> None:
        """Look closely at the landmark that is waited for, if its image is on screen.

        Parameters
        ----------
        predicted
            Where a source sees it, for images in which no reader has placed it.
        """
        record, truth = self._session.record, self._session.landmarks
        if self._wanted is None or record is None or truth is None or self._wanted[0] != record.image_id:
            return
        landmark = self._wanted[1]
        point = first_point(landmark, truth, predicted)
        if point is None:
            return
        self._wanted = None
        self._session.choose(landmark)
        camera, scale = camera_of(self._viewer), np.array(self._pool.frame.scale)
        # A cell of the grid, or all of the canvas, measured along its shorter side.
        side = min(viewbox_of(self._viewer))
        camera.zoom = side / (_AROUND * record.size[0] * scale[0])
        camera.center = tuple(point * scale)


def first_point(landmark: str, *sources: Landmarks | None) -> NDArray[np.float64] | None:
    """Give (y, x) in image pixels of a landmark where the first of the sources has it that has it at all."""
    for each in sources:
        if each is not None and landmark in each.names and np.isfinite(each[landmark]).all():
            return np.asarray(each[landmark], dtype=np.float64)
    return None
