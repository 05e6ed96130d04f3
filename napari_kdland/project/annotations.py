"""The landmarks of a project: who said what of which image, with undo that reaches back over a restart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Row, Select, func, select

from napari_kdland.anatomy.landmarks import Landmarks, LandmarkState, Origin
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.project import history, journal
from napari_kdland.project.annotation import Annotation, problem_with
from napari_kdland.project.image_queries import counts, wanted
from napari_kdland.project.journal import Change, Key, Point, Standing, chunks
from napari_kdland.project.locks import refuse_locked
from napari_kdland.project.tables import consensus, edits, images, latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

# Kinds of origin that are no person's word, but what a person accepted from a run.
MODELS = ("teacher", "student")
_SAID = (edits.c.image_id, edits.c.landmark, edits.c.state, edits.c.y, edits.c.x)


@dataclass(frozen=True)
class Edit:
    """One line of the journal.

    `kind` is ``edit``, ``undo`` or ``redo``; `time` is ISO 8601 in UTC; points are (y, x) in image pixels.
    """

    edit_id: int
    time: str
    image_id: int
    landmark: str
    old_state: LandmarkState
    old_point: Point | None
    state: LandmarkState
    point: Point | None
    reader: str
    origin: Origin
    kind: str
    note: str


class Annotations:
    """The annotations of one project.

    Parameters
    ----------
    database
        The open project database.
    landmarks
        Names of the scheme's landmarks, in order.
    """

    def __init__(self, database: Database, landmarks: Sequence[str]) -> None:
        self._database = database
        self._landmarks = tuple(landmarks)

    def edit(
        self,
        image_id: int,
        landmark: str,
        state: LandmarkState,
        point: Point | None,
        *,
        reader: str,
        origin: Origin | None = None,
        note: str = "",
        joins: int | None = None,
        locks_of: str | None = None,
    ) -> Edit:
        """Say what is known of one landmark; on the disk when this returns.

        Parameters
        ----------
        image_id, landmark
            What is annotated.
        state, point
            The new state, and (y, x) in image pixels where it carries a point.
        reader
            Who says so.
        origin
            Where the point comes from; the reader's hand where not given.
        note
            A remark kept with the edit.
        joins
            An edit of the same reader whose gesture this one continues, so that `undo` takes both back; unless that
            reader has done anything since.
        locks_of
            Whose locks hold; by default everybody's.

        Raises
        ------
        AnnotationError
            If the landmark is unknown or locked, or the point does not fit the state or lies outside the image.
        ProjectError
            If it cannot be saved.
        """
        annotation = Annotation(image_id, landmark, LandmarkState(state), point, reader, origin)
        with self._database.writing() as connection:
            self._check(connection, [annotation])
            change = _change(annotation, reader, None, note)
            refuse_locked(connection, _places([change]), reader=locks_of)
            edit_ids = journal.append(connection, [change], action=journal.gesture(connection, reader, joins))
            return read_edits(connection, edit_ids)[0]

    def edit_many(
        self,
        annotations: Iterable[Annotation],
        *,
        reader: str,
        origin: Origin | None = None,
        note: str = "",
        only_unset: bool = False,
    ) -> list[Edit]:
        """Say many things at once: all or nothing, and one step for `undo`.

        What a reader has already said in the same words is not said again, so reading a file twice changes nothing.

        Parameters
        ----------
        annotations
            What is said; an annotation's own reader and origin count before `reader` and `origin`.
        reader, origin, note
            As in `edit`.
        only_unset
            Leave out landmarks of which anybody has said anything, also in another window a moment ago.

        Raises
        ------
        AnnotationError
            If one of them does not fit or would change a locked landmark; nothing is changed.
        ProjectError
            If they cannot be saved; nothing is changed.
        """
        said = list(annotations)
        with self._database.writing() as connection:
            self._check(connection, said)
            if only_unset:
                known = _known(connection, {annotation.image_id for annotation in said})
                said = [each for each in said if (each.image_id, each.landmark) not in known]
            changes = [_change(annotation, annotation.reader or reader, origin, note) for annotation in said]
            news = journal.news(connection, changes)
            refuse_locked(connection, _places(news))
            return read_edits(connection, journal.append(connection, news)) if news else []

    def undo(self, reader: str) -> Edit | None:
        """Take back the reader's last step, also one made before a restart or on another image.

        Returns
        -------
        Edit or None
            The new line of the journal (the first, where the step had many); `None` if there is nothing to take back.

        Raises
        ------
        AnnotationError
            If it would change a locked landmark; nothing is changed.
        """
        return self._step(reader, history.undoing)

    def redo(self, reader: str) -> Edit | None:
        """Repeat the step that the reader took back last; `None` if there is none, or something was done since.

        Raises
        ------
        AnnotationError
            If it would change a locked landmark; nothing is changed.
        """
        return self._step(reader, history.redoing)

    def current(self, image_id: int, *, reader: str | None = None) -> Landmarks:
        """Give an image's landmarks as one reader has them, or all readers together.

        Together, what a person placed beats what a person accepted from a model, that beats what a file says, and among
        equals the later wins.
        """
        standing = self.details(image_id, reader=reader)
        known = {name: (edit.state, edit.point) for name, edit in standing.items()}
        return Landmarks.from_mapping(self._landmarks, known)

    def details(self, image_id: int, *, reader: str | None = None) -> dict[str, Edit]:
        """Give the edit behind each landmark that `current` gives: who, when, from where."""
        return self.details_of([image_id], reader=reader).get(image_id, {})

    def details_of(self, image_ids: Iterable[int], *, reader: str | None = None) -> dict[int, dict[str, Edit]]:
        """Give the edits behind the landmarks of many images, by image and landmark; unknown ones are missing."""
        found: dict[int, dict[str, Edit]] = defaultdict(dict)
        with self._database.reading() as connection:
            for chunk in chunks(list(image_ids)):
                for row in connection.execute(_standing(reader, chunk)):
                    found[row.image_id][row.landmark] = _edit(row)
        return dict(found)

    def origin_of(self, image_id: int, *, reader: str | None = None) -> dict[str, Origin]:
        """Give where each known landmark of an image comes from."""
        return {name: edit.origin for name, edit in self.details(image_id, reader=reader).items()}

    def labels(
        self, image_ids: Iterable[int], *, reader: str | None = None, with_accepted: bool = True
    ) -> dict[int, Landmarks]:
        """Give the landmarks of many images, by image; all not-yet where nothing is known.

        Without accepted ones, landmarks count as not-yet that are a model's prediction which a reader accepted.
        """
        asked = list(image_ids)
        known: dict[int, dict[str, tuple[LandmarkState, Point | None]]] = defaultdict(dict)
        with self._database.reading() as connection:
            for chunk in chunks(asked):
                query = _standing(reader, chunk).with_only_columns(*_SAID)
                query = query if with_accepted else query.where(edits.c.origin_kind.not_in(MODELS))
                for image_id, landmark, state, y, x in connection.execute(query):
                    known[image_id][landmark] = (LandmarkState(state), _point(y, x))
        return {image_id: Landmarks.from_mapping(self._landmarks, known[image_id]) for image_id in asked}

    def labelled_ids(self, split: str | None = None, min_known: int = 1) -> list[int]:
        """Give the images with at least `min_known` known landmarks, by name."""
        query = select(images.c.image_id).join(consensus).where(wanted(split, "", None, len(self._landmarks)))
        query = query.where(counts).group_by(images.c.image_id).having(func.count() >= min_known)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(images.c.sort_name, images.c.image_id)).scalars())

    def changes_since(self, edit_id: int) -> list[Edit]:
        """Give every edit after `edit_id`, of all readers and windows, oldest first."""
        query = select(edits).where(edits.c.edit_id > edit_id).order_by(edits.c.edit_id)
        with self._database.reading() as connection:
            return [_edit(row) for row in connection.execute(query)]

    def edits_of(self, image_id: int, landmark: str | None = None) -> list[Edit]:
        """Give everything that was ever said of an image, or of one landmark of it, oldest first."""
        query = select(edits).where(edits.c.image_id == image_id).order_by(edits.c.edit_id)
        if landmark is not None:
            query = query.where(edits.c.landmark == landmark)
        with self._database.reading() as connection:
            return [_edit(row) for row in connection.execute(query)]

    def last_edit_id(self) -> int:
        """Give the number of the newest edit; 0 in an empty journal."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(edits.c.edit_id))).scalar() or 0

    def last_edit(self) -> Edit | None:
        """Give the newest edit of all readers and images; `None` in an empty journal."""
        with self._database.reading() as connection:
            row = connection.execute(select(edits).order_by(edits.c.edit_id.desc()).limit(1)).one_or_none()
        return None if row is None else _edit(row)

    def readers(self) -> tuple[str, ...]:
        """Give everybody who ever made an edit, by name."""
        with self._database.reading() as connection:
            return tuple(connection.execute(select(edits.c.reader).distinct().order_by(edits.c.reader)).scalars())

    def standing(self) -> Standing:
        """Give which edit stands where, as the database has it."""
        with self._database.reading() as connection:
            return journal.standing(connection)

    def replay(self) -> Standing:
        """Give which edit should stand where, worked out again from the journal; `standing` should equal it."""
        with self._database.reading() as connection:
            return journal.replay(connection)

    def rebuild(self) -> None:
        """Set the current state to what the journal says."""
        with self._database.writing() as connection:
            journal.rebuild(connection)

    def _step(self, reader: str, plan: history.Plan) -> Edit | None:
        with self._database.writing() as connection:
            return stepped(connection, plan(connection, reader))

    def _check(self, connection: Connection, annotations: Sequence[Annotation]) -> None:
        sizes: dict[int, Row[tuple[str, int, int]]] = {}
        for chunk in chunks(sorted({annotation.image_id for annotation in annotations})):
            query = select(images.c.image_id, images.c.name, images.c.height, images.c.width)
            sizes.update({row.image_id: row for row in connection.execute(query.where(images.c.image_id.in_(chunk)))})
        for annotation in annotations:
            row = sizes.get(annotation.image_id)
            if row is None:
                raise UsageError(f"The project has no image number {annotation.image_id}.")
            problem = problem_with(annotation, self._landmarks, (row.height, row.width))
            if problem:
                raise AnnotationError(f"Image {row.name}: {problem}.")


def _change(annotation: Annotation, reader: str, origin: Origin | None, note: str) -> Change:
    if not reader.strip():
        raise UsageError("An edit needs a reader: give the name of who annotates.")
    key = Key(annotation.image_id, annotation.landmark, reader)
    point = None if annotation.point is None else (float(annotation.point[0]), float(annotation.point[1]))
    came_from = annotation.origin or origin or Origin("reader", reader)
    return Change(key, annotation.state, point, (came_from.kind, came_from.name), note)


def _known(connection: Connection, image_ids: Iterable[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for chunk in chunks(sorted(image_ids)):
        query = select(consensus.c.image_id, consensus.c.landmark).where(consensus.c.image_id.in_(chunk))
        found.update((row.image_id, row.landmark) for row in connection.execute(query))
    return found


def _places(changes: Iterable[Change]) -> set[tuple[int, str]]:
    return {(change.key.image_id, change.key.landmark) for change in changes}


def _standing(reader: str | None, image_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    table = consensus if reader is None else latest
    query = select(edits).join(table, table.c.edit_id == edits.c.edit_id).where(table.c.image_id.in_(image_ids))
    return query if reader is None else query.where(latest.c.reader == reader)


def stepped(connection: Connection, changes: Sequence[Change], *, locks_of: str | None = None) -> Edit | None:
    """Make a step back or forth that was planned; gives its first line, `None` where there is nothing to do.

    `locks_of` as in `Annotations.edit`.

    Raises
    ------
    AnnotationError
        If a landmark is locked; nothing is changed.
    """
    refuse_locked(connection, _places(changes), reader=locks_of)
    return read_edits(connection, journal.append(connection, changes))[0] if changes else None


def read_edits(connection: Connection, edit_ids: Sequence[int]) -> list[Edit]:
    """Give the edits of one gesture by their numbers."""
    query = select(edits).where(edits.c.edit_id.between(edit_ids[0], edit_ids[-1])).order_by(edits.c.edit_id)
    return [_edit(row) for row in connection.execute(query)]


def _edit(row: Row[tuple[object, ...]]) -> Edit:
    return Edit(
        edit_id=row.edit_id,
        time=row.time,
        image_id=row.image_id,
        landmark=row.landmark,
        old_state=LandmarkState(row.old_state),
        old_point=_point(row.old_y, row.old_x),
        state=LandmarkState(row.state),
        point=_point(row.y, row.x),
        reader=row.reader,
        origin=Origin(row.origin_kind, row.origin_name),
        kind=row.kind,
        note=row.note,
    )


def _point(y: float | None, x: float | None) -> Point | None:
    return None if y is None or x is None else (y, x)
