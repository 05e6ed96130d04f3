"""The open project as the user sees it: one image on screen, its landmarks, the reader's edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import AnnotationError, ProjectError
from napari_kdland.project import Edit, Project
from napari_kdland.session.album import Album, Picture
from napari_kdland.session.blindness import Blindness
from napari_kdland.session.isolation import here
from napari_kdland.session.listing import Listing
from napari_kdland.session.locking import Locking
from napari_kdland.session.memory import ShortMemory
from napari_kdland.session.nudging import Nudging
from napari_kdland.session.placing import Placing, check_inside
from napari_kdland.session.reader_keeping import ReaderKeeper
from napari_kdland.session.scheme_keeping import SchemeKeeper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Scheme
    from napari_kdland.project.records import Record
    from napari_kdland.project.steps import Step
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.memory import Memory
    from napari_kdland.session.reader_keeping import Reading

Point = tuple[float, float]
_NO_IMAGE = "No image is on screen. Choose one in the Project panel."


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
    placing, nudging, locking
        What a click places next, small steps by the keyboard, and landmarks that stay as they are.
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
        self._album = Album(runner, first=first, second=second)
        self._wanted: int | None = None
        self._seen_edit = 0
        self.project: Project | None = None
        self.record: Record | None = None
        self.radiograph: Picture | None = None
        self.landmarks: Landmarks | None = None
        self.current: str | None = None
        self.touched: str | None = None
        self.listing = Listing()
        self.placing = Placing()
        self.nudging = Nudging(self)
        self.locking = Locking(self)
        self.blind = Blindness(self)
        self.keeper = ReaderKeeper(self, memory or ShortMemory())
        self.scheme = SchemeKeeper(self)

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
        self._take(Project.open(path))

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

    def go_to(self, image_id: int) -> None:
        """Show an image; it comes at once where it is in memory, else when it has been read."""
        record = self.the_project().records.get(image_id)
        self._wanted = image_id
        if self._album.get(image_id) is not None:
            self._show(record)
        else:
            self._album.fetch(record, self._arrived)

    def go_next(self, *, unlabelled: bool = False) -> bool:
        """Go to the next image of the list; give whether there is one."""
        return self._go(1, unlabelled=unlabelled)

    def go_previous(self) -> bool:
        """Go to the previous image of the list; give whether there is one."""
        return self._go(0)

    def read_ahead(self) -> None:
        """Read the next and the previous image; asked for once the image on screen has been painted."""
        if self.project is None or self.record is None:
            return
        before, after = self._neighbours(self.record.image_id)
        around = [image_id for image_id in (after, before) if image_id is not None]
        self._album.read_ahead([self.project.records.get(image_id) for image_id in around])

    def choose(self, landmark: str | None) -> None:
        """Make a landmark the current one."""
        if landmark is not None:
            self._index(landmark)
        if landmark != self.current:
            self.current = landmark
            self.current_changed.emit()

    def step(self, by: int) -> None:
        """Make the landmark `by` places further down the scheme the current one; it goes round."""
        names = self._shown().names
        if not names:
            return
        start = names.index(self.current) if self.current is not None else (-1 if by > 0 else 0)
        self.choose(names[(start + by) % len(names)])

    def place(self, point: Point) -> None:
        """Place the current landmark at (y, x) in image pixels and go on to the one that the mode says.

        Raises
        ------
        AnnotationError
            If all landmarks are set and none was chosen, there are none at all, the landmark is locked, or the point
            lies outside the image.
        """
        if not self._shown().names:
            raise AnnotationError("The project's scheme has no landmarks to place. Its regions come from mask files.")
        if self.current is None:
            raise AnnotationError("All landmarks are set. Choose one to place it again, or go to the next image.")
        landmark = self.current
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
        check_inside(point, self._record().size, self._title(landmark))
        return self._edit(landmark, self._state_when_moved(landmark), point, joins=joins)

    def set_state(self, landmark: str, state: LandmarkState) -> None:
        """Say what is known of a landmark.

        Raises
        ------
        AnnotationError
            If the state needs a point and the landmark has none, or the landmark is locked.
        """
        landmarks = self._shown()
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
        if self.current == landmark and state is LandmarkState.ABSENT:
            self._go_on(landmark)

    def undo(self) -> bool:
        """Take back the reader's last step, on whatever image it was, and go there; give whether there was one."""
        return self._follow(self.the_project().steps.undo(self._reader, locks_of=self.blind.only))

    def redo(self) -> bool:
        """Do again what was taken back last; give whether there was anything."""
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
        changes = self.project.annotations.changes_since(self._seen_edit)
        if not changes:
            return
        self._seen_edit = self.project.annotations.last_edit_id()
        if self.record is not None and any(edit.image_id == self.record.image_id for edit in changes):
            self._read_landmarks()
        self.images_changed.emit()

    def reload_images(self) -> None:
        """Look again at the list of images, after an import or a change of splits."""
        if self.project is None:
            return
        self._seen_edit = self.project.annotations.last_edit_id()
        if self.record is None:
            self._go_to_first()
        else:
            self.record = self.project.records.get(self.record.image_id)
            self._read_landmarks()
        self.images_changed.emit()

    def _take(self, project: Project) -> None:
        self._drop()
        self.project = project
        self._seen_edit = project.annotations.last_edit_id()
        self.project_changed.emit()
        self._go_to_first()

    def _go_to_first(self) -> None:
        first = self.the_project().records.page(limit=1)
        if first:
            self.go_to(first[0].image_id)

    def _drop(self) -> None:
        self._album.clear()
        if self.project is not None:
            self.closing.emit()
            self.project.close()
        self.project = self.record = self.radiograph = self.landmarks = self._wanted = None
        self.current = self.touched = None
        self.listing = Listing()
        self.image_changed.emit()

    def _go(self, side: int, *, unlabelled: bool = False) -> bool:
        here = self._wanted
        if here is None:
            return False
        there = self._neighbours(here, unlabelled=unlabelled)[side]
        if there is not None:
            self.go_to(there)
        return there is not None

    def _neighbours(self, image_id: int, *, unlabelled: bool = False) -> tuple[int | None, int | None]:
        records = self.the_project().records
        return self.listing.neighbours(records, image_id, unlabelled=unlabelled, reader=self.blind.only)

    def _arrived(self, handle: JobHandle[Picture]) -> None:
        if self.project is None or self._wanted is None:
            return
        if self._album.get(self._wanted) is not None:
            self._show(self.project.records.get(self._wanted))
        elif handle.error:
            # It stays the place in the list, so that next and previous lead on from an image that cannot be shown.
            self.refused.emit(handle.error)

    def _show(self, record: Record) -> None:
        self.record = record
        self.radiograph = self._album.get(record.image_id)
        self.landmarks = self.the_project().annotations.current(record.image_id, reader=self.blind.only)
        self.current = self.placing.first(self.landmarks, self.current)
        self.touched = None
        self.locking.refresh()
        self.image_changed.emit()

    def _follow(self, step: Step | None) -> bool:
        if step is None:
            return False
        self.saved.emit(step.time)
        if self.record is not None and step.image_id == self.record.image_id:
            self._read_landmarks()
        else:
            self.go_to(step.image_id)
        if isinstance(step, Edit):
            self._seen_edit = step.edit_id
            # What was undone may be of a landmark that the scheme does not have any more.
            if self.landmarks is not None and step.landmark in self.landmarks.names:
                self.choose(step.landmark)
        self.images_changed.emit()
        return True

    def _edit(self, landmark: str, state: LandmarkState, point: Point | None, *, joins: int | None = None) -> Edit:
        annotations, image_id = self.the_project().annotations, self._record().image_id
        edit = annotations.edit(
            image_id, landmark, state, point, reader=self._reader, joins=joins, locks_of=self.blind.only
        )
        self.touched = landmark
        self._read_landmarks()
        self.saved.emit(edit.time)
        return edit

    def _state_when_moved(self, landmark: str) -> LandmarkState:
        state = self._shown().state_of(landmark)
        if state is LandmarkState.UNCERTAIN:
            # A copied point is uncertain until the reader's hand has been on it.
            annotations, image_id = self.the_project().annotations, self._record().image_id
            origin = annotations.origin_of(image_id, reader=self.blind.only)[landmark]
            return LandmarkState.UNCERTAIN if origin.kind in ("reader", "file") else LandmarkState.PLACED
        return state if state.has_point else LandmarkState.PLACED

    def _go_on(self, done: str) -> None:
        self.choose(self.placing.after(self._shown(), done))
        if self.placing.goes_on_to_next_image and not self.go_next():
            self.refused.emit("This is the last image of the list: the landmark has been through all of them.")

    def _read_landmarks(self) -> None:
        if self.record is None:
            return
        self.landmarks = self.the_project().annotations.current(self.record.image_id, reader=self.blind.only)
        self.landmarks_changed.emit()

    def _shown(self) -> Landmarks:
        if self.landmarks is None:
            raise AnnotationError(_NO_IMAGE)
        return self.landmarks

    def _index(self, landmark: str) -> int:
        return self._shown().names.index(landmark)

    def _record(self) -> Record:
        if self.record is None:
            raise AnnotationError(_NO_IMAGE)
        return self.record

    def _title(self, landmark: str) -> str:
        return self.the_project().scheme.title_of(landmark)
