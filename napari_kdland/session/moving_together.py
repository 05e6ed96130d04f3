"""Several landmarks moved at once: one step for undo, and all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError
from napari_kdland.session.placing import check_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.project import Edit
    from napari_kdland.project.journal import Point
    from napari_kdland.session.session import Session


def move_together(session: Session, places: Mapping[str, Point]) -> None:
    """Move landmarks of the image on screen.

    Parameters
    ----------
    session
        Whose image and reader it is.
    places
        Where each goes, (y, x) in image pixels.

    Raises
    ------
    AnnotationError
        If a point lies outside the image or a landmark is locked; nothing is moved.
    ProjectError
        If no project is open, or it cannot be saved.
    """
    if session.record is None:
        return
    session.locking.refresh()
    scheme = session.the_project().scheme
    for landmark, point in places.items():
        check_inside(point, session.record.size, scheme.title_of(landmark))
        if session.locking.holds(landmark):
            raise AnnotationError(f"{scheme.title_of(landmark)} is locked, so nothing was moved. K unlocks it.")
    last: Edit | None = None
    for landmark, point in places.items():
        last = session.editing.move(landmark, point, joins=None if last is None else last.edit_id)
