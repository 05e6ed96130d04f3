"""What is said when the plugin closes over a training, then and when its project is opened again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from napari_kdland.gui.recent import window_settings
from napari_kdland.session.job_runner import JobStatus

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.session.training_queue import TrainingQueue


def parting_words(trainings: TrainingQueue, n_waiting: int) -> str:
    """Say what became of the training that ran when the plugin was closed; empty where none ran.

    Parameters
    ----------
    trainings
        Their jobs have been asked to stop, and were waited for.
    n_waiting
        How many trainings waited in the project.
    """
    handle = trainings.handle
    if handle is None or handle.status in (JobStatus.DONE, JobStatus.FAILED):
        return ""
    few = {0: "", 1: " One more waits in the project."}
    waiting = few.get(n_waiting, f" {n_waiting} more wait in the project.")
    if handle.status is not JobStatus.STOPPED:
        return f"KDLand was closed while {handle.title} had not come to its end; what it saved last is whole.{waiting}"
    return (
        # The news first: napari cuts a note after its first words.
        f"The checkpoint is saved of {handle.title}, which was running when KDLand was closed. To go on, select "
        f"the run in the Train panel and resume it.{waiting}"
    )


def keep(home: Path, said: str) -> None:
    """Keep what was said of a training until its project is opened again."""
    window_settings().setValue(_key(home), said)


def take(home: Path) -> str:
    """Give what was said of a training when the plugin was closed over it, once; empty where nothing was."""
    settings = window_settings()
    said = str(settings.value(_key(home), "") or "")
    settings.remove(_key(home))
    return said


def _key(home: Path) -> str:
    # A path is no key: Qt would read its slashes as groups.
    return f"parting/{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
