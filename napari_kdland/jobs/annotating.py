"""Annotations in and out of a project, in other people's formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.events import Advanced, Job, Saved, Started
from napari_kdland.project import Project
from napari_kdland.project.exchange import format_of, read_annotations, write_annotations

if TYPE_CHECKING:
    from pathlib import Path


def import_annotations(
    project_path: Path, path: Path, *, file_format: str | None = None, reader: str = "import"
) -> Job[int]:
    """Read a file of annotations into the project: all of it, or, where anything is wrong, nothing.

    `file_format` is a name of the exchange menu; by default the file's ending decides. Gives the number of landmarks.

    Raises
    ------
    AnnotationError
        If the file cannot be read or does not fit the project.
    """
    yield Started(f"Reading annotations from {path.name}", 1)
    with Project.open(project_path, announce=False) as project:
        rows = read_annotations(file_format or format_of(path), path, project)
        project.annotations.edit_many(rows, reader=reader)
    yield Advanced(1, path.name)
    return len(rows)


def export_annotations(project_path: Path, file_format: str, out: Path, *, reader: str | None = None) -> Job[int]:
    """Write the project's annotations to a file; gives the number of landmarks.

    `reader` picks one reader's annotations; by default the current ones of all readers together.
    """
    yield Started(f"Writing annotations to {out.name}", 1)
    with Project.open(project_path, announce=False) as project:
        n_landmarks = write_annotations(file_format, out, project, reader=reader)
    yield Saved("annotations", str(out))
    yield Advanced(1, out.name)
    return n_landmarks
