"""The reader's hand on the landmarks of the image on screen: each edit is in the journal at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError
from napari_kdland.session.placing import check_inside

if TYPE_CHECKING:
    from napari_kdland.project import Edit
    from napari_kdland.project.journal import Point
    from napari_kdland.session.session import Session


class Editing:
    """Places landmarks, moves them, and says what is known of them.

    Parameters
    ----------
    session
        Whose image is on screen, and whose reader edits.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def place(self, point: Point) -> None:
        """Place the current landmark at (y, x) in image pixels and go on to the one that the mode says.

        Raises
        ------
        AnnotationError
            If all landmarks are set and none was chosen, there are none at all, the landmark is locked, or the point
            lies outside the image.
        """
        session = self._session
        if not session.the_landmarks().names:
            raise AnnotationError("The project's scheme has no landmarks to place. Its regions come from mask files.")
        if session.current is None:
            raise AnnotationError("All landmarks are set. Choose one to place it again, or go to the next image.")
        landmark = session.current
        self.move(landmark, point)
        self._go_on(landmark)

    def move(self, landmark: str, point: Point, *, joins: int | None = None) -> Edit:
        """Move a landmark to (y, x) in image pixels; one without a point, or with a copied one, becomes placed.

        Parameters
        ----------
        landmark, point
            Which, and where to.
        joins
            The edit whose gesture this continues; see `Annotations.edit`.

        Raises
        ------
        AnnotationError
            If the point lies outside the image, or the landmark is locked.
        """
        check_inside(point, self._session.the_record().size, self._title(landmark))
        return self._edit(landmark, self._state_when_moved(landmark), point, joins=joins)

    def set_state(self, landmark: str, state: LandmarkState) -> None:
        """Say what is known of a landmark.

        Raises
        ------
        AnnotationError
            If the state needs a point and the landmark has none, or the landmark is locked.
        """
        landmarks = self._session.the_landmarks()
        if landmarks.state_of(landmark) is state:
            return
        point: Point | None = None
        if state.has_point:
            if not landmarks.state_of(landmark).has_point:
                raise AnnotationError(
                    f"{self._title(landmark)} has no point yet. Place it, then mark it {state.value}."
                )
            y, x = landmarks[landmark]
            point = (float(y), float(x))
        self._edit(landmark, state, point)
        if self._session.current == landmark and state is LandmarkState.ABSENT:
            self._go_on(landmark)

    def _edit(self, landmark: str, state: LandmarkState, point: Point | None, *, joins: int | None = None) -> Edit:
        session = self._session
        edit = session.the_project().annotations.edit(
            session.the_record().image_id,
            landmark,
            state,
            point,
            reader=session.reader,
            joins=joins,
            locks_of=session.blind.only,
        )
        session.touched = landmark
        session.take_in([edit])
        return edit

    def _state_when_moved(self, landmark: str) -> LandmarkState:
        session = self._session
        state = session.the_landmarks().state_of(landmark)
        if state is LandmarkState.UNCERTAIN:
            # A copied point is uncertain until the reader's hand has been on it.
            annotations, image_id = session.the_project().annotations, session.the_record().image_id
            origin = annotations.origin_of(image_id, reader=session.blind.only)[landmark]
            return LandmarkState.UNCERTAIN if origin.kind in ("reader", "file") else LandmarkState.PLACED
        return state if state.has_point else LandmarkState.PLACED

    def _go_on(self, done: str) -> None:
        session = self._session
        session.choose(session.placing.after(session.the_landmarks(), done))
        if session.placing.goes_on_to_next_image and not session.paging.go_next():
            session.refused.emit("This is the last image of the list: the landmark has been through all of them.")

    def _title(self, landmark: str) -> str:
        return self._session.the_project().scheme.title_of(landmark)
