"""Several landmarks taken back at once: one step for undo, and locked ones stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy import LandmarkState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.project import Edit
    from napari_kdland.session.session import Session


def take_back(session: Session, landmarks: Sequence[str]) -> tuple[int, int]:
    """Say of landmarks of the image on screen that they are not yet placed.

    Parameters
    ----------
    session
        Whose image and reader it is.
    landmarks
        Which, whoever placed them.

    Returns
    -------
    (n_gone, n_locked)
        How many were taken back, and how many are locked and stay.

    Raises
    ------
    ProjectError
        If no project is open, or it cannot be saved.
    """
    record, annotations = session.record, session.the_project().annotations
    if record is None:
        return 0, 0
    session.locking.refresh()
    free = [name for name in landmarks if not session.locking.holds(name)]
    edits: list[Edit] = []
    for name in free:
        # `edit_many` says nothing again that this reader has said before, but others may have placed it since.
        words = (record.image_id, name, LandmarkState.NOT_YET, None)
        joins = edits[-1].edit_id if edits else None
        edits.append(annotations.edit(*words, reader=session.reader, joins=joins))
    session.take_in(edits)
    if session.current is None and session.landmarks is not None:
        session.choose(session.placing.first(session.landmarks, None))
    return len(free), len(landmarks) - len(free)
