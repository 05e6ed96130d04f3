"""Fill a new project with the sample radiographs: a few annotated by a reader, the others by the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland import jobs

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.events import Job

SCHEME = "chest-10"
_READER, _TRUTH = "sample reader", "phantom"


def import_sample(project_path: Path) -> Job[jobs.ImportResult]:
    """Import the sample radiographs with their splits; val and test get their exact landmarks, to measure against.

    Raises
    ------
    KdlandError
        If the sample is not installed.
    """
    from napari_kdland.phantom import sample_folder  # draws phantoms, too, and so loads much

    folder = sample_folder()
    side_files = jobs.SideFiles(landmarks=folder / "landmarks.csv", split=folder / "split.csv")
    result = yield from jobs.import_images(project_path, [folder], side_files=side_files, reader=_READER)
    yield from jobs.import_annotations(project_path, folder / "truth.csv", reader=_TRUTH)
    return result
