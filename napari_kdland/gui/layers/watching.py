"""What the training that runs finds in the image on screen, where that is one of the watched ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Landmarks
from napari_kdland.gui.layers.conversion import marks_of
from napari_kdland.gui.layers.drawing import clear_marks, draw_marks, let_see
from napari_kdland.gui.layers.style import STUDENTS

if TYPE_CHECKING:
    from napari_kdland.events import Probed
    from napari_kdland.gui.layers.badge import Badge
    from napari_kdland.gui.layers.comparing import ComparedLayers
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.probes import Probes
    from napari_kdland.session.proofreading import Proofreading
    from napari_kdland.session.session import Session
    from napari_kdland.session.training_queue import TrainingQueue


class WatchedLayer:
    """Shows it in the layer of predictions while nobody else does, anew at every validation, until the training ends.

    Parameters
    ----------
    session, pool, badge
        Which image, in which layers, and where it is told what is seen.
    probes, trainings
        What was seen, and whether it is still of a training that runs.
    proofreading, compared
        Those who have the layer, or the image, before it.

    Attributes
    ----------
    is_seen
        Whether the layer of predictions is its own now.
    """

    def __init__(
        self,
        session: Session,
        pool: LayerPool,
        badge: Badge,
        *,
        probes: Probes,
        trainings: TrainingQueue,
        proofreading: Proofreading,
        compared: ComparedLayers,
    ) -> None:
        self._session = session
        self._pool = pool
        self._badge = badge
        self._probes = probes
        self._trainings = trainings
        self._proofreading = proofreading
        self._compared = compared
        self._is_taken = self._is_compared = self.is_seen = False
        probes.changed.connect(self.show)
        trainings.changed.connect(self.show)
        proofreading.shown_changed.connect(self.show)
        session.image_changed.connect(self.show)
        session.blind.changed.connect(self.show)
        compared.switched.connect(self._on_compared)

    def close(self) -> None:
        """Listen no longer."""
        self._probes.changed.disconnect(self.show)
        self._trainings.changed.disconnect(self.show)
        self._proofreading.shown_changed.disconnect(self.show)
        self._session.image_changed.disconnect(self.show)
        self._session.blind.changed.disconnect(self.show)
        self._compared.switched.disconnect(self._on_compared)

    def give_way(self, is_taken: bool) -> None:
        """Leave the layer to the prediction that the user has asked of a run, or have it back."""
        self._is_taken = is_taken
        self.show()

    def show(self) -> None:
        """Replace the points by what was seen last, or leave the layer empty where nothing is to be seen."""
        if not self._pool.exists:
            self.is_seen = False
            return
        is_free = not (self._is_taken or self._proofreading.is_on)
        event = self._event() if is_free and not self._is_compared else None
        layer = self._pool.reader.prediction
        if event is not None and self._session.record is not None:
            found = Landmarks.placed(self._session.the_project().scheme.landmark_names, np.array(event.points))
            draw_marks(layer, marks_of(found, STUDENTS[0], height=self._session.record.size[0]))
            let_see(layer, self._pool.shows_runs)
        elif self.is_seen and is_free:
            clear_marks(layer)
            let_see(layer, False)
        self.is_seen = event is not None
        self._badge.add("" if event is None else f"orange: the network that learns, at step {event.step}")

    def _event(self) -> Probed | None:
        record, project = self._session.record, self._session.project
        if record is None or project is None or self._session.blind.is_on or not self._trainings.is_busy:
            return None
        event = self._probes.seen.get(record.content_hash)
        knows_all = event is not None and len(event.points) == len(project.scheme.landmark_names) > 0
        return event if knows_all else None

    def _on_compared(self, is_compared: bool) -> None:
        self._is_compared = is_compared
        self.show()
