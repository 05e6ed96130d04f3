"""Moving a landmark by the keyboard: each step is saved at once, and steps in a row are taken back together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError

if TYPE_CHECKING:
    from napari_kdland.session.session import Session


class Nudging:
    """Moves the landmark that the reader is busy with by small steps.

    Parameters
    ----------
    session
        Whose landmarks are moved.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: tuple[int, str] = (0, "")

    def target(self) -> str | None:
        """Give the landmark that a step moves: the current one where it has a point, else the one edited last."""
        session = self._session
        asked = (session.current, session.touched)
        landmarks = session.landmarks
        return next(
            (name for name in asked if landmarks is not None and name and landmarks.state_of(name).has_point), None
        )

    def nudge(self, down: float, right: float) -> None:
        """Move it by (down, right) in image pixels.

        Steps in a row join one gesture, so that one undo puts the landmark back where it was before the first,
        however long the key was held.

        Raises
        ------
        AnnotationError
            If no landmark with a point is chosen, it would leave the image, or it is locked.
        """
        landmark = self.target()
        landmarks = self._session.landmarks
        if landmark is None or landmarks is None:
            raise AnnotationError(
                "No landmark to nudge. Choose one that has a point: press on it, or press its number."
            )
        y, x = landmarks[landmark]
        last_edit, last_landmark = self._last
        joins = last_edit if last_landmark == landmark else None
        edit = self._session.editing.move(landmark, (float(y) + down, float(x) + right), joins=joins)
        self._last = (edit.edit_id, landmark)
