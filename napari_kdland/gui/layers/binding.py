"""Between the reader's layers and the session: the one place where their echo is stopped.

The session is shown in the layers; what the user does in a layer goes to the session, which then is shown again. While
we write into a layer ourselves, its events are ours and not the user's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import KdlandError
from napari_kdland.gui.layers.conversion import Frame, marks_of
from napari_kdland.gui.layers.drawing import draw_marks
from napari_kdland.gui.layers.framing import Extent, keep_framing
from napari_kdland.gui.layers.mouse import Hand
from napari_kdland.gui.layers.style import HUMAN, landmark_colours
from napari_kdland.session.moving_together import move_together
from napari_kdland.session.taking_back import take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_kdland.gui.compat import Points, ViewerModel
    from napari_kdland.gui.layers.greys import GreyLayers
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.project.journal import Point
    from napari_kdland.session.session import Session

_WAS_DONE = ("added", "removed", "changed")


class ReaderBinding:
    """Shows the session's image and landmarks, and takes the user's edits to the session.

    Parameters
    ----------
    viewer, session, pool
        What is bound.
    greys
        Draws the radiograph through its window.
    refuse
        Called with the message where the session refuses an edit.
    """

    def __init__(
        self, viewer: ViewerModel, session: Session, pool: LayerPool, greys: GreyLayers, refuse: Callable[[str], None]
    ) -> None:
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._greys = greys
        self._refuse = refuse
        self._is_writing = self._is_compared = False
        self._bound: Points | None = None
        self._names: tuple[str, ...] = ()
        self.hand = Hand(
            place=self._place,
            moved=self._moved,
            grabbed=self._grabbed,
            refused=self._held_back,
            show=self._show_drag,
        )
        session.image_changed.connect(self.show_image)
        session.landmarks_changed.connect(self.show_landmarks)
        session.current_changed.connect(self.show_landmarks)

    def close(self) -> None:
        """Part layers and session."""
        self._session.image_changed.disconnect(self.show_image)
        self._session.landmarks_changed.disconnect(self.show_landmarks)
        self._session.current_changed.disconnect(self.show_landmarks)
        self._unbind()

    def show_image(self) -> None:
        """Replace the radiograph and its landmarks; the first image fits, later ones are seen as the one before was."""
        record, radiograph = self._session.record, self._session.radiograph
        if record is None or radiograph is None:
            self._unbind()
            self._pool.remove()
            return
        self.hand.forget()
        is_first = not self._pool.exists
        group = self._pool.reader
        before = Extent.of(group.radiograph.data.shape, self._pool.frame)
        self._pool.frame = Frame.of(record.spacing)
        self._greys.show()
        self.show_landmarks()
        if is_first:
            self._viewer.reset_view()
            self._viewer.layers.selection.active = group.landmarks
        else:
            keep_framing(self._viewer, before, Extent.of(radiograph.size, self._pool.frame))

    def show_landmarks(self) -> None:
        """Replace the reader's points."""
        session = self._session
        if session.landmarks is None or session.record is None or session.radiograph is None:
            return
        layer = self._pool.reader.landmarks
        self._bind(layer)
        title = session.the_project().scheme.title_of(session.current) if session.current else None
        own_colours = {} if self._is_compared else landmark_colours(session.the_project().scheme)
        marks = marks_of(
            session.landmarks,
            HUMAN,
            height=session.record.size[0],
            current=session.current,
            title=title,
            own_colours=own_colours,
        )
        if marks.names != self._names:
            self.hand.forget()
        self._names = marks.names
        with self._writing():
            draw_marks(layer, marks)

    def stand_beside(self, is_compared: bool) -> None:
        """Draw all points of the reader's in white where colours tell sources apart, else in those of the scheme."""
        self._is_compared = is_compared
        if self._pool.exists:
            self.show_landmarks()

    def _bind(self, layer: Points) -> None:
        if self._bound is layer:
            return
        self._unbind()
        layer.events.data.connect(self._on_data)
        self._bound = layer

    def _unbind(self) -> None:
        if self._bound is None:
            return
        self._bound.events.data.disconnect(self._on_data)
        self._bound = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._is_writing = True
        try:
            yield
        finally:
            self._is_writing = False

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except KdlandError as error:
            self._refuse(str(error))
        self.show_landmarks()

    def _place(self, point: Point) -> None:
        with self._asking():
            self._session.editing.place(point)

    def _moved(self, row: int, point: Point) -> None:
        with self._asking():
            self._session.editing.move(self._names[row], point)

    def _grabbed(self, row: int) -> bool:
        self._session.choose(self._names[row])
        return not self._session.locking.holds(self._names[row])

    def _held_back(self, row: int) -> None:
        title = self._session.the_project().scheme.title_of(self._names[row])
        self._refuse(f"{title} is locked and stays where it is. K unlocks it.")

    def _show_drag(self, layer: Points, points: Any) -> None:
        with self._writing():
            layer.data = points

    def _take_back(self, names: list[str]) -> None:
        n_gone, n_locked = take_back(self._session, names)
        if n_locked:
            gone, locked = _counted(n_gone, "was", "were"), _counted(n_locked, "is", "are")
            self._refuse(f"{gone} taken back; {locked} locked and left. K unlocks, Ctrl+Z brings back.")

    def _on_data(self, event: Any) -> None:
        """Take over what napari's own tools did to the points: added, moved or deleted."""
        if self._is_writing or str(event.action) not in _WAS_DONE or self._bound is None:
            return
        rows = [int(row) for row in event.data_indices]
        with self._asking():
            if event.action == "added":
                self._session.editing.place(_point(self._bound.data[-1]))
            elif event.action == "removed":
                self._take_back([self._names[row] for row in rows])
            else:
                move_together(self._session, {self._names[row]: _point(self._bound.data[row]) for row in rows})


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} landmark {one}" if count == 1 else f"{count} landmarks {many}"


def _point(row: Any) -> Point:
    y, x = np.asarray(row, dtype=np.float64)[-2:]
    return float(y), float(x)
