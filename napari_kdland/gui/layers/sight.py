"""Brings the landmark that a line of the queue is about into view, and leaves the zoom to the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.compat import camera_of, viewbox_of
from napari_kdland.gui.layers.focus import first_point

if TYPE_CHECKING:
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.proofreading import Proofreading
    from napari_kdland.session.session import Session

# Of the way from the middle of the canvas to its rim: what lies farther out is hard to judge.
_INNER = 0.8


class Sight:
    """Moves the camera where a click in the queue leads to a landmark that is off screen.

    Parameters
    ----------
    viewer, session, pool
        Whose camera, whose landmarks, and the units of the layers.
    proofreading
        Whose queue is followed.
    """

    def __init__(self, viewer: ViewerModel, session: Session, pool: LayerPool, proofreading: Proofreading) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._proofreading = proofreading
        proofreading.arrived.connect(self.look_at)

    def close(self) -> None:
        """Let go of the queue."""
        self._proofreading.arrived.disconnect(self.look_at)

    def look_at(self, landmark: str) -> None:
        """Put a landmark into the middle where it lies at the rim of the canvas or beyond."""
        # The reader's point, or the prediction where there is none.
        point = first_point(landmark, self._session.landmarks, self._proofreading.prediction)
        if point is None:
            return
        camera, target = camera_of(self._viewer), point * np.array(self._pool.frame.scale)
        away = np.abs(target - np.array(camera.center[-2:])) * camera.zoom
        if (away > _INNER * np.array(viewbox_of(self._viewer)) / 2).any():
            camera.center = (0.0, *target.tolist())
