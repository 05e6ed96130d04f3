"""Other people's annotation files in and out: every line is checked, and a file is read as a whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy.landmarks import LandmarkState, Origin
from napari_kdland.errors import UsageError
from napari_kdland.menus import Entry, choose
from napari_kdland.project.annotation import Annotation, problem_with
from napari_kdland.project.exchange.rows import ExchangeFormat, Problems, Row

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.project.annotations import Edit
    from napari_kdland.project.project import Project
    from napari_kdland.project.records import Record

EXCHANGES = (
    Entry(
        "csv",
        "Table, one line a landmark: image,landmark,x,y,state,reader.",
        "napari_kdland.project.exchange.csv_file:CSV",
    ),
    Entry("coco", "COCO keypoints: one JSON file.", "napari_kdland.project.exchange.coco_file:COCO"),
)

# What can be written; region masks are a folder, not a file of landmarks.
EXPORTS = (
    *EXCHANGES,
    Entry(
        "masks",
        "Folder of region masks: one PNG of bit flags an image, and regions.csv.",
        "napari_kdland.project.exchange.mask_folder:write_masks",
    ),
)


def read_annotations(file_format: str, path: Path, project: Project) -> list[Annotation]:
    """Read and check an annotation file; nothing is written.

    Parameters
    ----------
    file_format
        Name of the format, from `EXCHANGES`.
    path
        The file.
    project
        The project whose images and landmarks the file speaks of.

    Returns
    -------
    list
        For `Annotations.edit_many`. Landmarks that the file calls not-yet are left out: a file that knows nothing of a
        landmark takes nothing back.

    Raises
    ------
    UsageError
        If there is no such format.
    AnnotationError
        If the file cannot be read or does not fit the project; the first problems are named with their place.
    """
    rows = _resolved(file_format).read(path)
    reading = _Reading(project, path)
    annotations = [annotation for row in rows if (annotation := reading.annotation(row)) is not None]
    reading.problems.refuse_if_any()
    return annotations


def write_annotations(file_format: str, path: Path, project: Project, *, reader: str | None = None) -> int:
    """Write the project's annotations, of every image of which anything is known.

    Parameters
    ----------
    file_format, path, project
        In which format, where to, and what.
    reader
        What this reader said, in place of what holds for all readers together.

    Returns
    -------
    int
        Number of landmarks written, not-yet ones included.

    Raises
    ------
    UsageError
        If there is no such format or reader.
    ProjectError
        If the file cannot be written.
    """
    dish = _resolved(file_format)
    if reader is not None and reader not in project.annotations.readers():
        readers = ", ".join(project.annotations.readers()) or "nobody yet"
        raise UsageError(f"No annotation is by {reader!r}. Those who annotated: {readers}.")
    records = project.records.page(limit=-1)
    known = project.annotations.details_of([record.image_id for record in records], reader=reader)
    rows: list[Row] = []
    for record in records:
        said = known.get(record.image_id, {})
        if any(edit.state is not LandmarkState.NOT_YET for edit in said.values()):
            rows += [_row(record, name, said.get(name)) for name in project.scheme.landmark_names]
    dish.write(path, rows, project.scheme)
    return len(rows)


def format_of(path: Path) -> str:
    """Give the name of the format that a file's ending belongs to.

    Raises
    ------
    UsageError
        If there is none.
    """
    for entry in EXCHANGES:
        if entry.resolve().suffix == path.suffix.lower():
            return entry.name
    names = ", ".join(entry.name for entry in EXCHANGES)
    raise UsageError(f"The ending of {path.name} tells no annotation format. Name the format: {names}.")


def _resolved(file_format: str) -> ExchangeFormat:
    found: ExchangeFormat = choose(EXCHANGES, file_format, what="annotation format").resolve()
    return found


def _row(record: Record, landmark: str, edit: Edit | None) -> Row:
    if edit is None:
        return Row(record.name, landmark, None, None, LandmarkState.NOT_YET.value, size=record.size)
    y, x = edit.point if edit.point is not None else (None, None)
    return Row(record.name, landmark, x, y, edit.state.value, edit.reader, record.size)


class _Reading:
    """The lines of one file, held against one project."""

    def __init__(self, project: Project, path: Path) -> None:
        self.problems = Problems(path)
        self._landmarks = project.scheme.landmark_names
        self._names = project.records.names()
        self._sizes = project.records.sizes()
        self._origin = Origin("file", path.name)
        self._image_ids: dict[str, int | None] = {}
        self._seen: dict[tuple[int, str, str], str] = {}

    def annotation(self, row: Row) -> Annotation | None:
        """Give what a row says; `None` where it says nothing or something is wrong, which is noted."""
        image_id = self._image_id(row)
        state = _state(row)
        if image_id is None or state is None:
            if image_id is not None:
                self.problems.add(row.where, f"there is no state {row.state!r} (there are: {', '.join(LandmarkState)})")
            return None
        point = None if row.x is None or row.y is None else (row.y, row.x)
        annotation = Annotation(image_id, row.landmark, state, point, row.reader, self._origin)
        problem = self._problem(annotation, row)
        if problem:
            self.problems.add(row.where, problem)
        return None if problem or state is LandmarkState.NOT_YET else annotation

    def _image_id(self, row: Row) -> int | None:
        if row.image not in self._image_ids:
            try:
                self._image_ids[row.image] = self._names.match(row.image)
            except UsageError as error:
                self._image_ids[row.image] = None
                self.problems.add(row.where, str(error).removesuffix("."))
        return self._image_ids[row.image]

    def _problem(self, annotation: Annotation, row: Row) -> str:
        size = self._sizes[annotation.image_id]
        if row.size is not None and row.size != size:
            found = f"{row.size[1]} x {row.size[0]} pixels in the file"
            return f"{row.image} has {found}, {size[1]} x {size[0]} in the project, so its coordinates do not fit"
        if (row.x is None) != (row.y is None):
            return f"{row.landmark} has only one of x and y"
        key = (annotation.image_id, annotation.landmark, annotation.reader)
        if key in self._seen:
            return f"{row.landmark} of {row.image} is in {self._seen[key]} already"
        self._seen[key] = row.where
        return problem_with(annotation, self._landmarks, size)


def _state(row: Row) -> LandmarkState | None:
    text = row.state.lower().replace("-", "_").replace(" ", "_")
    if not text:
        return LandmarkState.NOT_YET if row.x is None and row.y is None else LandmarkState.PLACED
    return LandmarkState(text) if text in set(LandmarkState) else None
