"""Marks on the image on screen: who looked through it, and the flag that says why somebody should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

if TYPE_CHECKING:
    from napari_kdland.project import Flag, Review
    from napari_kdland.session.session import Session


class Marking:
    """Reviews and flags, of the image on screen and of all; to who reads blind, the own ones alone.

    Parameters
    ----------
    session
        Whose image on screen and reader these are.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        # Undo, and other windows.
        session.images_changed.connect(self.changed.emit)
        session.blind.changed.connect(self._on_blind)

    @property
    def reviews(self) -> tuple[Review, ...]:
        """Who reviewed the image on screen, the first first."""
        record, project = self._session.record, self._session.project
        if record is None or project is None:
            return ()
        only, reviews = self._session.blind.only, project.reviews.of_images([record.image_id])
        return tuple(each for each in reviews.get(record.image_id, ()) if only in (None, each.reader))

    @property
    def flag(self) -> Flag | None:
        """The flag of the image on screen; `None` where it has none."""
        record, project = self._session.record, self._session.project
        if record is None or project is None:
            return None
        flag, only = project.flags.of_images([record.image_id]).get(record.image_id), self._session.blind.only
        # Flags quote what others have said of the landmarks.
        return flag if flag is not None and only in (None, flag.reader) else None

    def reviewed_ids(self) -> set[int]:
        """Give the images of the project that anybody has reviewed, or who reads blind alone."""
        project = self._session.project
        return set() if project is None else set(project.reviews.reviewed_ids(reader=self._session.blind.only))

    def mark_reviewed(self, *, is_reviewed: bool = True) -> None:
        """Say that the reader looked through the image on screen, or take that back."""
        image_id = self._image_id()
        reviews = self._session.the_project().reviews
        reviews.mark([image_id], reader=self._session.reader, is_reviewed=is_reviewed)
        self.changed.emit()

    def put_flag(self, note: str) -> None:
        """Flag the image on screen with a note."""
        image_id = self._image_id()
        self._session.the_project().flags.put(image_id, note, reader=self._session.reader)
        self.changed.emit()

    def clear_flag(self) -> None:
        """Take the flag from the image on screen."""
        image_id = self._image_id()
        self._session.the_project().flags.clear(image_id, reader=self._session.reader)
        self.changed.emit()

    def _on_blind(self) -> None:
        self.changed.emit()

    def _image_id(self) -> int:
        return self._session.the_record().image_id
