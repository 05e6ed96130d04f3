"""The predictions that are proofread, on the image: those of which nothing was said yet, which a drag corrects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import KdlandError
from napari_kdland.gui.layers.conversion import marks_of
from napari_kdland.gui.layers.drawing import clear_marks, draw_marks, let_see, put_points
from napari_kdland.gui.layers.mouse import Hand, nearest_row
from napari_kdland.gui.layers.mouse_sharing import is_ours
from napari_kdland.gui.layers.sight import Sight
from napari_kdland.gui.layers.style import STUDENTS, TEACHER
from napari_kdland.project import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_kdland.gui.compat import Points, ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.project.journal import Point
    from napari_kdland.session.judging import Judging
    from napari_kdland.session.proofreading import Proofreading
    from napari_kdland.session.session import Session

# What stands as a label is not drawn a second time.
_SHOWN = (Verdict.OPEN, Verdict.LABELLED)


class ProofLayer:
    """Shows the run's predictions while a queue is open, and takes the user's corrections to the session.

    Parameters
    ----------
    viewer, session, pool
        As the reader's layers have them.
    proofreading, judging
        What is shown, and which run it is from.
    refuse
        Called with the message where the session refuses a correction.
    style_of
        Gives how a comparison draws a run, which is drawn the same here; `None` where none shows it.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        pool: LayerPool,
        proofreading: Proofreading,
        judging: Judging,
        refuse: Callable[[str], None],
        style_of: Callable[[str], Style | None],
    ) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._proofreading = proofreading
        self._judging = judging
        self._refuse = refuse
        self._style_of = style_of
        self._sight = Sight(viewer, session, pool, proofreading)
        self._names: tuple[str, ...] = ()
        self._was_on = False
        self._is_compared = self._is_in_front = False
        self.hand = Hand(
            place=_nothing,
            moved=self._moved,
            grabbed=self._grabbed,
            refused=self._held_back,
            show=self._show_drag,
        )
        proofreading.shown_changed.connect(self.show)
        session.current_changed.connect(self.show)
        viewer.mouse_drag_callbacks.append(self._on_press)

    def close(self) -> None:
        """Let go of the viewer."""
        self._sight.close()
        if self._on_press in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._proofreading.shown_changed.disconnect(self.show)
        self._session.current_changed.disconnect(self.show)

    def show(self) -> None:
        """Replace the points; without a queue the layer is left to others."""
        is_on, was_on = self._proofreading.is_on, self._was_on
        self._was_on = is_on
        if not self._pool.exists or not (is_on or was_on):
            return
        layer = self._pool.reader.prediction
        shown = self._shown()
        self._names = tuple(name for name, state, _ in shown if state.has_point) if shown is not None else ()
        let_see(layer, bool(self._names) and self._pool.shows_runs and (self._is_in_front or not self._is_compared))
        if shown is None or self._session.record is None or not self._names:
            clear_marks(layer)
            return
        marks = marks_of(shown, self._style(), height=self._session.record.size[0])
        # Of the current landmark stands out what Enter accepts.
        marks.colours[:, 3] = [1.0 if name == self._session.current else 0.6 for name in marks.names]
        draw_marks(layer, marks)

    def _style(self) -> Style:
        origin = self._judging.origin()
        return self._style_of(origin.name) or (TEACHER if origin.kind == "teacher" else STUDENTS[0])

    def give_way(self, is_compared: bool) -> None:
        """Leave the image to a comparison, where the run may have a cell of its own, and come back after it."""
        self._is_compared = is_compared
        self.show()

    def come_forward(self, is_in_front: bool) -> None:
        """Be seen beside a comparison, too, as long as the user proofreads."""
        self._is_in_front = is_in_front
        self.show()

    def _shown(self) -> Landmarks | None:
        prediction = self._proofreading.prediction
        if prediction is None:
            return None
        is_shown = np.array([self._proofreading.verdict(name) in _SHOWN for name in prediction.names])
        states = tuple(
            state if shown else LandmarkState.NOT_YET for state, shown in zip(prediction.states, is_shown, strict=True)
        )
        return Landmarks(prediction.names, np.where(is_shown[:, None], prediction.points, np.nan), states)

    def _on_press(self, _viewer: Any, event: Any) -> Iterator[None]:
        """Pull a prediction, where the press is on one and on none of the reader's own landmarks."""
        if not self._proofreading.is_on or not self._pool.exists:
            return
        group = self._pool.reader
        if not is_ours(self._viewer, self._pool) or not group.prediction.visible:
            return
        if nearest_row(group.landmarks, event) is None and nearest_row(group.prediction, event) is not None:
            yield from self.hand(group.prediction, event)

    def _moved(self, row: int, point: Point) -> None:
        try:
            self._session.editing.move(self._names[row], point)
        except KdlandError as error:
            self._refuse(str(error))
        self.show()

    def _grabbed(self, row: int) -> bool:
        self._session.choose(self._names[row])
        return not self._session.locking.holds(self._names[row])

    def _held_back(self, row: int) -> None:
        title = self._session.the_project().scheme.title_of(self._names[row])
        self._refuse(f"{title} is locked and stays as it is. K unlocks it.")

    def _show_drag(self, layer: Points, points: NDArray[np.float64]) -> None:
        put_points(layer, points)


def _nothing(_point: Point) -> None:
    """A click beside all predictions is the reader's layer's."""
