"""Fill a new project with the sample: radiographs, a few annotated, the truth of others, a teacher and its student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland import jobs

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.events import Job

SCHEME = "chest-10"
# Made by scripts/sample_runs.py; the teacher first, so that the student finds it.
RUNS = ("sample-teacher", "sample-student")
_READER, _TRUTH = "sample reader", "phantom"


def import_sample(project_path: Path) -> Job[jobs.ImportResult]:
    """Import the sample radiographs with their splits, and the trained runs that come with them.

    Images of val and test get their exact landmarks, to measure against.

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
    for run in (folder / "runs" / name for name in RUNS):
        if run.is_dir():
            yield from jobs.import_run(project_path, run)
    return result
