"""A copy of a project for work that must leave no trace in it: everything but its runs and their predictions."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def copy_of(project: Project, *, with_cache: bool = False) -> Iterator[Path]:
    """Give the path of a copy that is gone afterwards.

    Images stay where they are. With the cache, what is prepared for the copy is prepared for the project too.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "copy.kdland"
        folder.mkdir()
        layout = project.layout
        shutil.copyfile(layout.manifest_path, folder / layout.manifest_path.name)
        project.back_up(folder / layout.database_path.name)
        for shared in (layout.masks_folder, *([layout.cache_folder] if with_cache else [])):
            if shared.is_dir():
                _share(shared, folder / shared.name)
        with Project.open(folder, announce=False) as copy:
            copy.runs.forget_trainings()
        yield folder


def _share(folder: Path, place: Path) -> None:
    try:
        place.symlink_to(folder, target_is_directory=True)
    except OSError:
        # Not everyone may make links on Windows.
        shutil.copytree(folder, place)
