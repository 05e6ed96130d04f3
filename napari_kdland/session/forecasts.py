"""What runs say of the image on screen, heatmaps included: asked for in the background, kept for coming back."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_kdland import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.jobs import ShownPrediction
    from napari_kdland.session.job_runner import JobHandle, JobRunner

_KEPT = 64
_Key = tuple[str, int]


class Forecasts:
    """Predictions by run and image.

    Parameters
    ----------
    runner
        Runs the predictions, one image at a time: a newer wish takes the place of one that waits.
    """

    arrived = Signal()
    refused = Signal(str)

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner
        self._kept: OrderedDict[_Key, ShownPrediction] = OrderedDict()
        self._handle: JobHandle[Any] | None = None
        self._next: tuple[Path, tuple[str, ...], int] | None = None

    def get(self, run: str, image_id: int) -> ShownPrediction | None:
        """Give a prediction that is there, `None` where it is not."""
        return self._kept.get((run, image_id))

    def want(self, project_path: Path, runs: Sequence[str], image_id: int) -> None:
        """Ask for what is not there yet; `arrived` tells when it is."""
        missing = tuple(run for run in runs if (run, image_id) not in self._kept)
        if not missing:
            return
        self._next = (project_path, missing, image_id)
        if self._handle is None:
            self._begin()

    def forget(self) -> None:
        """Forget everything: another project, or runs that have learnt more since."""
        self._kept.clear()
        self._next = None
        if self._handle is not None:
            self._handle.finished.disconnect()
            self._handle.cancel()
            self._handle = None

    def _begin(self) -> None:
        if self._next is None:
            return
        (project_path, runs, image_id), self._next = self._next, None
        job = partial(_predict_all, project_path, runs, image_id)
        self._handle = self._runner.start("Predict", job, on_end=partial(self._arrive, image_id))

    def _arrive(self, image_id: int, handle: JobHandle[list[ShownPrediction]]) -> None:
        self._handle = None
        for shown in handle.result or ():
            self._kept[shown.run, image_id] = shown
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if handle.error:
            self.refused.emit(handle.error)
        self.arrived.emit()
        self._begin()


def _predict_all(project_path: Path, runs: Sequence[str], image_id: int) -> Job[list[ShownPrediction]]:
    shown = []
    for run in runs:
        shown.append((yield from jobs.predict_heatmaps(project_path, run, image_id)))
    return shown
