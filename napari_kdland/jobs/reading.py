"""Hold the readers of a project against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.readers import ReaderPair, compare_readers
from napari_kdland.events import Advanced, Started
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.events import Job

# A reader who accepts what a run says has not read.
_READ = ("reader", "file")


@dataclass(frozen=True)
class ReadersCompared:
    """Every pair of readers with common landmarks, the images that each has read, and the landmarks' titles."""

    pairs: tuple[ReaderPair, ...]
    n_read: dict[str, int]
    titles: dict[str, str]


def compare_project_readers(
    project_path: Path, readers: Sequence[str] = (), *, split: str | None = None
) -> Job[ReadersCompared]:
    """Measure the distances between the readers' landmarks; what a reader took over from a run counts as not read.

    Parameters
    ----------
    project_path
        The project.
    readers
        Whom to compare; by default everybody who has read.
    split
        Only images of this split.

    Raises
    ------
    UsageError
        If a reader has read nothing, or fewer than two are named.
    """
    with Project.open(project_path, announce=False) as project:
        there = project.annotations.readers()
        wanted = tuple(dict.fromkeys(readers)) or there
        _refuse(wanted, there, named=bool(readers))
        yield Started("Comparing readers", len(wanted))
        records = project.records.page(limit=-1, split=split)
        readings = {}
        for done, reader in enumerate(wanted, start=1):
            readings[reader] = _reading(project, [record.image_id for record in records], reader)
            yield Advanced(done, reader)
        spacings = {record.image_id: record.spacing_mm for record in records}
        titles = {name: project.scheme.title_of(name) for name in project.scheme.landmark_names}
    n_read = {reader: len(reading) for reader, reading in readings.items()}
    return ReadersCompared(tuple(compare_readers(readings, spacings)), n_read, titles)


def _reading(project: Project, image_ids: list[int], reader: str) -> dict[int, Landmarks]:
    names = project.scheme.landmark_names
    said = project.annotations.details_of(image_ids, reader=reader)
    return {
        image_id: Landmarks.from_mapping(names, known)
        for image_id, edits in said.items()
        if (known := {name: (edit.state, edit.point) for name, edit in edits.items() if edit.origin.kind in _READ})
    }


def _refuse(wanted: tuple[str, ...], there: tuple[str, ...], *, named: bool) -> None:
    unknown = [reader for reader in wanted if reader not in there]
    if unknown:
        listed = ", ".join(there) or "nobody"
        raise UsageError(f"Nothing was read by {', '.join(unknown)}. In this project have read: {listed}.")
    if named and len(wanted) < 2:
        raise UsageError(f"One reader cannot be compared. Name two or more of: {', '.join(there)}.")
