"""The names to take out of whatever is copied into a bug report."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from napari_kdland.errors import ProjectError
from napari_kdland.project.telling_names import telling_names

if TYPE_CHECKING:
    from napari_kdland.session.session import Session


class KnownNames:
    """The names of images in every project that this window has had open: a message may be older than the project.

    Parameters
    ----------
    session
        Whose projects these are.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: frozenset[str] = frozenset()
        session.project_changed.connect(self._look)
        session.closing.connect(self._look)

    def all(self) -> frozenset[str]:
        """Give the names, those of images that a job has just imported among them."""
        self._look()
        return self._seen

    def _look(self) -> None:
        project = self._session.project
        if project is not None:
            # The disk may be gone, and that may be what the report is about; what was seen before is still known.
            with suppress(ProjectError):
                self._seen |= telling_names(project.database)
