"""The open project as the user sees it: one image on screen, its landmarks, the reader's edits."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.errors import AnnotationError, ProjectError
from napari_kdland.project import Edit, Project
from napari_kdland.session.blindness import Blindness
from napari_kdland.session.editing import Editing
from napari_kdland.session.isolation import here
from napari_kdland.session.listing import Listing
from napari_kdland.session.locking import Locking
from napari_kdland.session.memory import ShortMemory
from napari_kdland.session.nudging import Nudging
from napari_kdland.session.paging import Paging
from napari_kdland.session.placing import Placing
from napari_kdland.session.reader_keeping import ReaderKeeper
from napari_kdland.session.scheme_keeping import SchemeKeeper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks, Scheme
    from napari_kdland.project.records import Record
    from napari_kdland.project.steps import Step
    from napari_kdland.session.album import Picture
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobRunner
    from napari_kdland.session.memory import Memory
    from napari_kdland.session.reader_keeping import Reading

NO_IMAGE = "No image is on screen. Choose one in the Project panel."


class Session:
    """State that panels and layers look at and ask to change; nobody else holds a copy.

    Parameters
    ----------
    runner
        Reads images in the background.
    reader
        Whose edits these are.
    first, second
        Where images are read that are waited for, and that may be wanted next.
    memory
        Where it is kept who read which project last; ends with the session where none is given.

    Attributes
    ----------
    project
        `None` while no project is open.
    record, radiograph
        The image on screen; both `None` where there is none.
    landmarks
        Of the image on screen; `None` where there is none.
    current
        Name of the landmark that a click places; `None` when all are set.
    touched
        Name of the landmark that was edited last since the image came on screen; `None` where none was.
    paging
        Brings images on screen, one after the other.
    placing, editing, nudging, locking
        What a click places next, the edits, small steps by the keyboard, and landmarks that stay as they are.
    scheme
        Changes of the project's scheme, here and in other windows.
    blind
        Whether only the reader's own word is shown.
    keeper
        Reads each project on as it was read last.
    listing
        Which images the list shows, and so what next and previous mean.
    """

    project_changed = Signal()
    images_changed = Signal()
    image_changed = Signal()
    landmarks_changed = Signal()
    current_changed = Signal()
    reader_changed = Signal()
    runs_changed = Signal()
    closing = Signal()
    saved = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        runner: JobRunner,
        reader: str,
        *,
        first: Isolation = here,
        second: Isolation = here,
        memory: Memory[Reading] | None = None,
    ) -> None:
        self._reader = reader
        self._seen_edit = 0
        self._seen_runs: dict[str, str] = {}
        self.project: Project | None = None
        self.record: Record | None = None
        self.radiograph: Picture | None = None
        self.landmarks: Landmarks | None = None
        self.current: str | None = None
        self.touched: str | None = None
        self.listing = Listing()
        self.paging = Paging(self, runner, first=first, second=second)
        self.placing = Placing()
        self.editing = Editing(self)
        self.nudging = Nudging(self)
        self.locking = Locking(self)
        self.blind = Blindness(self)
        self.keeper = ReaderKeeper(self, memory or ShortMemory())
        self.scheme = SchemeKeeper(self)
        self.runs_changed.connect(self._on_runs)

    @property
    def reader(self) -> str:
        """Whose edits these are."""
        return self._reader

    @reader.setter
    def reader(self, name: str) -> None:
        if not name.strip():
            raise AnnotationError("The reader's name is empty. Every edit carries its reader: give a name or initials.")
        self._reader = name.strip()
        self.reader_changed.emit()

    def create(self, path: Path, scheme: Scheme) -> None:
        """Make a project and open it."""
        self._take(Project.create(path, scheme))

    def open(self, path: Path) -> None:
        """Open a project; the one that was open is closed first only if this one opens."""
        self._take(Project.open(path, replaces=self.project))

    def close(self) -> None:
        """Close the project, if one is open."""
        if self.project is not None:
            self._drop()
            self.project_changed.emit()

    def the_project(self) -> Project:
        """Give the open project.

        Raises
        ------
        ProjectError
            If none is open.
        """
        if self.project is None:
            raise ProjectError("No project is open. Create or open one in the Project panel.")
        return self.project

    def the_record(self) -> Record:
        """Give the image on screen.

        Raises
        ------
        AnnotationError
            If there is none.
        """
        if self.record is None:
            raise AnnotationError(NO_IMAGE)
        return self.record

    def the_landmarks(self) -> Landmarks:
        """Give the landmarks of the image on screen.

        Raises
        ------
        AnnotationError
            If there is none.
        """
        if self.landmarks is None:
            raise AnnotationError(NO_IMAGE)
        return self.landmarks

    def show(self, record: Record, radiograph: Picture) -> None:
        """Put an image that has been read on screen."""
        self.record = record
        self.radiograph = radiograph
        self.landmarks = self.the_project().annotations.current(record.image_id, reader=self.blind.only)
        self.current = self.placing.first(self.landmarks, self.current)
        self.touched = None
        self.locking.refresh()
        self.image_changed.emit()

    def choose(self, landmark: str | None) -> None:
        """Make a landmark the current one."""
        if landmark is not None:
            self.the_landmarks().names.index(landmark)
        if landmark != self.current:
            self.current = landmark
            self.current_changed.emit()

    def step(self, by: int) -> None:
        """Make the landmark `by` places further down the scheme the current one; it goes round."""
        names = self.the_landmarks().names
        if not names:
            return
        start = names.index(self.current) if self.current is not None else (-1 if by > 0 else 0)
        self.choose(names[(start + by) % len(names)])

    def undo(self) -> Step | None:
        """Take back the reader's last step, on whatever image it was, and go there; give it, `None` for none."""
        return self._follow(self.the_project().steps.undo(self._reader, locks_of=self.blind.only))

    def redo(self) -> Step | None:
        """Do again what was taken back last, and go there; give it, `None` where there was nothing."""
        return self._follow(self.the_project().steps.redo(self._reader, locks_of=self.blind.only))

    def take_in(self, edits: Sequence[Edit]) -> None:
        """Show edits of the image on screen that a part of the session has written into the journal."""
        self._read_landmarks()
        if edits:
            self.saved.emit(edits[-1].time)

    def refresh(self) -> None:
        """Take in what other windows have written since the last look."""
        if self.project is None:
            return
        if self.locking.refresh():
            self._read_landmarks()
        self._follow_runs(self.project)
        changes = self.project.annotations.changes_since(self._seen_edit)
        if not changes:
            return
        self._seen_edit = self.project.annotations.last_edit_id()
        if self.record is not None and any(edit.image_id == self.record.image_id for edit in changes):
            self._read_landmarks()
        self.images_changed.emit()

    def _follow_runs(self, project: Project) -> None:
        """Take in which runs have begun and ended, here or elsewhere, and find those whose program has ended."""
        if not project.is_read_only:
            with suppress(ProjectError):  # a disk that is full has been told of where it got full
                project.runs.recover()
        if project.runs.states() != self._seen_runs:
            self.runs_changed.emit()

    def _on_runs(self) -> None:
        """Take what has just been told, by whomever, as seen: it is told once."""
        if self.project is not None:
            self._seen_runs = self.project.runs.states()

    def reload_images(self) -> None:
        """Look again at the list of images, after an import or a change of splits."""
        if self.project is None:
            return
        self._seen_edit = self.project.annotations.last_edit_id()
        if self.record is None:
            self.paging.go_to_first()
        else:
            self.record = self.project.records.get(self.record.image_id)
            self._read_landmarks()
        self.images_changed.emit()

    def _take(self, project: Project) -> None:
        self._drop()
        self.project = project
        self._seen_edit = project.annotations.last_edit_id()
        self._seen_runs = project.runs.states()
        self.project_changed.emit()
        self.paging.go_to_first()

    def _drop(self) -> None:
        self.paging.forget()
        if self.project is not None:
            self.closing.emit()
            self.project.close()
        self.project = self.record = self.radiograph = self.landmarks = None
        self.current = self.touched = None
        self.listing = Listing()
        self.image_changed.emit()

    def _follow(self, step: Step | None) -> Step | None:
        if step is None:
            return None
        self.saved.emit(step.time)
        if self.record is not None and step.image_id == self.record.image_id:
            self._read_landmarks()
        else:
            self.paging.go_to(step.image_id)
        if isinstance(step, Edit):
            self._seen_edit = step.edit_id
            # What was undone may be of a landmark that the scheme does not have any more.
            if self.landmarks is not None and step.landmark in self.landmarks.names:
                self.choose(step.landmark)
        self.images_changed.emit()
        return step

    def _read_landmarks(self) -> None:
        if self.record is None:
            return
        self.landmarks = self.the_project().annotations.current(self.record.image_id, reader=self.blind.only)
        self.landmarks_changed.emit()
