"""Landmarks and region masks in and out of a project, in other people's formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.anatomy import Origin
from napari_kdland.events import Advanced, Job, Saved, Started, Warned
from napari_kdland.project import Project
from napari_kdland.project.exchange import MaskFolder, format_of, read_annotations, write_annotations, write_masks

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


def import_masks(project_path: Path, folder: Path, *, reader: str = "import") -> Job[int]:
    """Read a folder of region masks into the project: all of it, or, where anything is wrong, nothing.

    See `MaskFolder` for what the files are called and hold. Gives the number of masks.

    Raises
    ------
    AnnotationError
        If a mask cannot be read or does not fit the project.
    """
    with Project.open(project_path, announce=False) as project:
        masks = MaskFolder(folder, project)
        yield Started(f"Reading masks from {folder.name}", len(masks.paths))
        for done, path in enumerate(masks.paths, start=1):
            masks.take(path)
            yield Advanced(done, path.name)
        files, n_silent = masks.files()
        if n_silent:
            yield Warned(
                f"{n_silent} masks have no pixel in any region, so nothing is taken from them. "
                "Where regions are absent, say so in regions.csv (image,region,state) beside the masks."
            )
        project.masks.save_many(files, reader=reader, origin=Origin("file", folder.name))
    return len(files)


def export_masks(project_path: Path, out: Path, *, reader: str | None = None) -> Job[int]:
    """Write the project's region masks to a new folder; gives their number.

    `reader` picks one reader's masks; by default those that count for all readers together.
    """
    with Project.open(project_path, announce=False) as project:
        yield Started(f"Writing masks to {out.name}", None)
        n_masks = 0
        for n_masks, name in enumerate(write_masks(out, project, reader=reader), start=1):
            yield Advanced(n_masks, name)
    yield Saved("masks", str(out))
    return n_masks
