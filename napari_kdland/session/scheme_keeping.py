"""The scheme of the open project: changed here, or in another window, the project is opened anew where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy.scheme_editing import revised
from napari_kdland.errors import SchemeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy.scheme_editing import Line
    from napari_kdland.session.session import Session


class SchemeKeeper:
    """Changes the scheme of the session's project, and follows changes made elsewhere.

    Parameters
    ----------
    session
        Whose project it is.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen = 0
        session.project_changed.connect(self._on_project)

    def change(self, landmarks: Sequence[Line], regions: Sequence[Line]) -> bool:
        """Make of the scheme what an editor's lines say; gives whether that changes it.

        Raises
        ------
        SchemeError
            If the lines make no scheme, the scheme was changed elsewhere meanwhile, or a training runs.
        ProjectError
            If no project is open, or it cannot be written.
        """
        project = self._session.the_project()
        running = project.runs.training_owner()
        if running:
            raise SchemeError(f"The training {running} is running. Change the scheme when it has ended, or stop it.")
        scheme = revised(project.scheme, landmarks, regions, project.scheme_changes.removed())
        if scheme == project.scheme:
            return False
        project.scheme_changes.change(scheme)
        self._open_anew()
        return True

    def follow(self) -> None:
        """Open the project anew where its scheme was changed in another window.

        Raises
        ------
        ProjectError
            If the scheme cannot be read any more; what is open stays open.
        """
        project = self._session.project
        if project is None or self._stamp() == self._seen:
            return
        self._seen = self._stamp()
        if project.scheme_changes.is_outdated():
            self._open_anew()

    def _open_anew(self) -> None:
        session = self._session
        image_id = None if session.record is None else session.record.image_id
        session.open(session.the_project().path)
        if image_id is not None:
            session.paging.go_to(image_id)

    def _on_project(self) -> None:
        self._seen = self._stamp()

    def _stamp(self) -> int:
        project = self._session.project
        try:
            return 0 if project is None else project.layout.manifest_path.stat().st_mtime_ns
        except OSError:  # the share is gone for a moment, or the folder was deleted
            return self._seen
