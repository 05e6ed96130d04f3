"""From image to image: in the order of the list, read in the background, the neighbours before they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.session.album import Album, Picture
from napari_kdland.session.isolation import here

if TYPE_CHECKING:
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.session import Session


class Paging:
    """Brings the images of the session's project on screen.

    Parameters
    ----------
    session
        Whose list is followed, and that shows what has been read.
    runner
        Reads images in the background.
    first, second
        Where images are read that are waited for, and that may be wanted next.
    """

    def __init__(
        self, session: Session, runner: JobRunner, *, first: Isolation = here, second: Isolation = here
    ) -> None:
        self._session = session
        self._album = Album(runner, first=first, second=second)
        self._wanted: int | None = None

    def go_to(self, image_id: int) -> None:
        """Show an image; it comes at once where it is in memory, else when it has been read."""
        record = self._session.the_project().records.get(image_id)
        self._wanted = image_id
        picture = self._album.get(image_id)
        if picture is not None:
            self._session.show(record, picture)
        else:
            self._album.fetch(record, self._arrived)

    def go_to_first(self) -> None:
        """Show the first image of the project, if it has any."""
        first = self._session.the_project().records.page(limit=1)
        if first:
            self.go_to(first[0].image_id)

    def go_next(self, *, unlabelled: bool = False) -> bool:
        """Go to the next image of the list; give whether there is one."""
        return self._go(1, unlabelled=unlabelled)

    def go_previous(self) -> bool:
        """Go to the previous image of the list; give whether there is one."""
        return self._go(0)

    def read_ahead(self) -> None:
        """Read the next and the previous image; asked for once the image on screen has been painted."""
        project, record = self._session.project, self._session.record
        if project is None or record is None:
            return
        before, after = self._neighbours(record.image_id)
        around = [image_id for image_id in (after, before) if image_id is not None]
        self._album.read_ahead([project.records.get(image_id) for image_id in around])

    def forget(self) -> None:
        """Let go of every image, at the end of a project; what is being read is dropped when it comes."""
        self._album.clear()
        self._wanted = None

    def _go(self, side: int, *, unlabelled: bool = False) -> bool:
        if self._wanted is None:
            return False
        there = self._neighbours(self._wanted, unlabelled=unlabelled)[side]
        if there is not None:
            self.go_to(there)
        return there is not None

    def _neighbours(self, image_id: int, *, unlabelled: bool = False) -> tuple[int | None, int | None]:
        session = self._session
        records = session.the_project().records
        return session.listing.neighbours(records, image_id, unlabelled=unlabelled, reader=session.blind.only)

    def _arrived(self, handle: JobHandle[Picture]) -> None:
        project = self._session.project
        if project is None or self._wanted is None:
            return
        picture = self._album.get(self._wanted)
        if picture is not None:
            self._session.show(project.records.get(self._wanted), picture)
        elif handle.error:
            # It stays the place in the list, so that next and previous lead on from an image that cannot be shown.
            self._session.refused.emit(handle.error)
