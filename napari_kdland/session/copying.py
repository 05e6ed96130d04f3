"""Starting points for an image: copied from another image, a run or the mean shape, and taken back by one undo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kdland import jobs
from napari_kdland.anatomy import Landmarks, LandmarkState, Origin
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Annotation
from napari_kdland.session.shapes import laid_over, shape_of

if TYPE_CHECKING:
    from napari_kdland.jobs import ShownPrediction
    from napari_kdland.project import Record
    from napari_kdland.session.job_runner import JobHandle, JobRunner
    from napari_kdland.session.session import Session

MEAN_SHAPE = Origin("shape", "mean shape")
# Splits by whose labels runs are judged: there, none may begin as a run's.
_JUDGING = ("val", "test")


@dataclass(frozen=True)
class Copied:
    """What a copy did: from where, and how many landmarks it filled."""

    origin: Origin
    n_landmarks: int


class Copying:
    """Fills landmarks of the image on screen from elsewhere.

    A copied point is uncertain until the reader moves it or marks it placed; the journal keeps where it came from.
    Locked landmarks are left alone.

    Parameters
    ----------
    session
        Whose image is filled.
    runner
        Asks runs that have not seen the image.

    Attributes
    ----------
    copied
        Emits a `Copied`.
    refused
        Emits why nothing was copied, where that shows only later.
    """

    copied = Signal(object)
    refused = Signal(str)

    def __init__(self, session: Session, runner: JobRunner) -> None:
        self._session = session
        self._runner = runner

    def sources(self) -> list[Origin]:
        """Give what can be copied from: the image before, the mean shape, then runs, those that teach first."""
        session = self._session
        project = session.project
        if project is None or session.record is None or session.blind.is_on:
            return []
        runs = [run for run in project.runs.all() if run.steps_done]
        teaching = {teacher for run in runs for teacher in run.teachers}
        before = self._before()
        return [
            *([] if before is None else [Origin("image", before.name)]),
            MEAN_SHAPE,
            *(Origin("teacher", run.name) for run in runs if run.name in teaching or not run.teachers),
            *(Origin("student", run.name) for run in runs if run.name not in teaching and run.teachers),
        ]

    def copy(self, source: Origin, *, replaces: bool = False) -> None:
        """Copy from a source; a run that was not asked yet is asked first, and `copied` tells when it has answered.

        Parameters
        ----------
        source
            One of `sources`.
        replaces
            Landmarks that are set are replaced, too.

        Raises
        ------
        AnnotationError
            If there is no image on screen, nothing to copy, or nothing to fill.
        """
        record = self._session.the_record()
        if self._session.blind.is_on:
            raise AnnotationError("A blind reading begins with nothing, so nothing is copied. Leave it first.")
        if source.kind in ("teacher", "student"):
            self._copy_from_run(source, record, replaces=replaces)
        elif source == MEAN_SHAPE:
            self._fill(source, self._mean_shape(record), replaces=replaces)
        else:
            self._fill(source, self._of_image(source.name, record), replaces=replaces)

    def _copy_from_run(self, source: Origin, record: Record, *, replaces: bool) -> None:
        if record.split in _JUDGING:
            raise AnnotationError(
                f"{record.name} is in {record.split}, whose labels judge runs, so none may come from a run. "
                "Copy from the image before or the mean shape, or place them by hand."
            )
        project = self._session.the_project()
        said = project.predictions.load(source.name, record.image_id)
        if said is not None:
            self._fill(source, said, replaces=replaces)
            return
        job = partial(jobs.predict_heatmaps, project.path, source.name, record.image_id)
        self._runner.start(f"Ask {source.name}", job, on_end=partial(self._answered, source, record.image_id, replaces))

    def _answered(self, source: Origin, image_id: int, replaces: bool, handle: JobHandle[ShownPrediction]) -> None:
        record = self._session.record
        if handle.error:
            self.refused.emit(handle.error)
        elif handle.result is not None and record is not None and record.image_id == image_id:
            try:
                self._fill(source, handle.result.landmarks, replaces=replaces)
            except AnnotationError as error:
                self.refused.emit(str(error))

    def _before(self) -> Record | None:
        project, record = self._session.the_project(), self._session.record
        if record is None:
            return None
        before, _ = self._session.listing.neighbours(project.records, record.image_id)
        return None if before is None else project.records.get(before)

    def _of_image(self, name: str, record: Record) -> Landmarks:
        project = self._session.the_project()
        other = project.records.find(name)
        landmarks = project.annotations.current(other.image_id)
        # Pixel centres lie at whole numbers, so the images' corners are at -0.5.
        points = (landmarks.points + 0.5) * (np.array(record.size) / np.array(other.size)) - 0.5
        return Landmarks(landmarks.names, points, landmarks.states)

    def _mean_shape(self, record: Record) -> Landmarks:
        project = self._session.the_project()
        shape = shape_of(project, without=record.image_id)
        if shape is None:
            raise AnnotationError(
                "There is no mean shape yet: no other image has landmarks that are placed or occluded. Annotate one."
            )
        placed = project.annotations.current(record.image_id)
        return laid_over(shape.predict(record.size), placed, record.size)

    def _fill(self, source: Origin, landmarks: Landmarks, *, replaces: bool) -> None:
        session, record = self._session, self._session.record
        if record is None:
            return
        if not landmarks.has_point.any():
            raise AnnotationError(f"Nothing to copy: {source.name} has no landmark with a point.")
        said = [
            Annotation(record.image_id, name, LandmarkState.UNCERTAIN, _inside(point, record.size))
            for name, state, point in landmarks
            if state.has_point and not session.locking.holds(name)
        ]
        annotations = session.the_project().annotations
        edits = annotations.edit_many(said, reader=session.reader, origin=source, only_unset=not replaces)
        if not edits:
            raise AnnotationError(
                f"Nothing to fill from {source.name}: what it has is set or locked here. Copy with replacing, if you "
                "want it all the same."
            )
        session.take_in(edits)
        if session.landmarks is not None:
            session.choose(session.placing.first(session.landmarks, session.current))
        self.copied.emit(Copied(source, len(edits)))


def _inside(point: np.ndarray[tuple[int, ...], np.dtype[np.float64]], size: tuple[int, int]) -> tuple[float, float]:
    y, x = np.clip(point, 0.0, np.array(size) - 1.0)
    return float(y), float(x)
