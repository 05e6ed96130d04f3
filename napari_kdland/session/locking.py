"""Which landmarks of the image on screen are locked, so that no drag and no key changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.anatomy import LandmarkState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.project import Lock
    from napari_kdland.session.session import Session


class Locking:
    """The locks of the image on screen; the project itself refuses what they forbid.

    Who reads blind is held by the own locks only: another reading that is locked is not the one that is made.

    Parameters
    ----------
    session
        Whose image it is.

    Attributes
    ----------
    locks
        Who locked what, by landmark.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self.locks: Mapping[str, Lock] = {}

    def holds(self, landmark: str) -> bool:
        """Whether a landmark is locked."""
        return landmark in self.locks

    def toggle(self, landmark: str) -> None:
        """Lock a landmark, or unlock it where it is locked; a lock of a reading that is not seen stays as it is.

        Raises
        ------
        ProjectError
            If no project is open, or it cannot be saved.
        """
        self._set([landmark], is_wanted=not self.holds(landmark))

    def toggle_all(self) -> None:
        """Lock all landmarks of which something is known, or unlock them where all of them are locked.

        Raises
        ------
        ProjectError
            If no project is open, or it cannot be saved.
        """
        landmarks = self._session.landmarks
        known = (
            [] if landmarks is None else [name for name, state, _ in landmarks if state is not LandmarkState.NOT_YET]
        )
        free = [name for name in known if not self.holds(name)]
        self._set(free or known, is_wanted=bool(free))

    def _set(self, landmarks: Sequence[str], *, is_wanted: bool) -> None:
        record, project = self._session.record, self._session.the_project()
        if record is None or not landmarks:
            return
        if is_wanted:
            project.locks.lock(record.image_id, landmarks, reader=self._session.reader)
        else:
            project.locks.unlock(record.image_id, landmarks, reader=self._session.blind.only)
        self.refresh()
        # Who read blind meanwhile may have a later word, which is the label from now on.
        self._session.take_in(())

    def refresh(self) -> bool:
        """Read the locks again: another image, or another window; give whether they are others now."""
        record, project = self._session.record, self._session.project
        locks = (
            {}
            if record is None or project is None
            else project.locks.of_image(record.image_id, reader=self._session.blind.only)
        )
        are_others = locks != self.locks
        if are_others:
            self.locks = locks
            self.changed.emit()
        return are_others
