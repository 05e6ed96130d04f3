"""What runs say of the image on screen, heatmaps included: asked for in the background, kept for coming back."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_kdland import jobs
from napari_kdland.errors import KdlandError
from napari_kdland.session.outlines import Outlined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.jobs import ShownPrediction
    from napari_kdland.session.job_runner import JobHandle, JobRunner

# Masks of large radiographs take some 15 MiB each; those of the runs on screen stay in any case.
_BUDGET_BYTES = 512 * 2**20
_KEPT_AT_LEAST = 8
_Key = tuple[str, int]


@dataclass(frozen=True)
class Forecast:
    """What a run says of an image, with the rims of its regions where it knows regions."""

    said: ShownPrediction
    outlined: Outlined | None = None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.said.heatmaps.nbytes + (0 if self.outlined is None else self.outlined.nbytes)


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
        self._is_hidden = False
        self._kept: OrderedDict[_Key, Forecast] = OrderedDict()
        self._refused: set[_Key] = set()
        self._handle: JobHandle[Any] | None = None
        self._next: tuple[Path, tuple[str, ...], int] | None = None

    def get(self, run: str, image_id: int) -> Forecast | None:
        """Give a prediction that is there, `None` where it is not, or none is to be seen."""
        return None if self._is_hidden else self._kept.get((run, image_id))

    def hide(self, is_hidden: bool) -> None:
        """Let no prediction be seen, or all again; `arrived` tells those who show them."""
        self._is_hidden = is_hidden
        self.arrived.emit()

    def want(self, project_path: Path, runs: Sequence[str], image_id: int) -> None:
        """Ask for what is not there yet; `arrived` tells when it is."""
        if self._is_hidden:
            return
        self._next = (project_path, tuple(runs), image_id)
        if self._handle is None:
            self._begin()

    def forget(self) -> None:
        """Forget everything: another project, or runs that have learnt more since."""
        self._kept.clear()
        self._refused.clear()
        self._next = None
        if self._handle is not None:
            self._handle.finished.disconnect()
            self._handle.cancel()
            self._handle = None

    def _begin(self) -> None:
        if self._next is None:
            return
        (project_path, runs, image_id), self._next = self._next, None
        missing = tuple(run for run in runs if not {(run, image_id)} & {*self._kept, *self._refused})
        if not missing:
            return
        job = partial(_predict_all, project_path, missing, image_id)
        self._handle = self._runner.start("Predict", job, on_end=partial(self._arrive, image_id, missing))

    def _arrive(self, image_id: int, runs: tuple[str, ...], handle: JobHandle[_Answers]) -> None:
        self._handle = None
        answers = handle.result or _Answers((), dict.fromkeys(runs, handle.error))
        for forecast in answers.forecasts:
            self._kept[forecast.said.run, image_id] = forecast
        while len(self._kept) > _KEPT_AT_LEAST and sum(each.nbytes for each in self._kept.values()) > _BUDGET_BYTES:
            self._kept.popitem(last=False)
        for run, message in answers.refusals.items():
            self._refused.add((run, image_id))
            self.refused.emit(message)
        self._begin()
        self.arrived.emit()


@dataclass(frozen=True)
class _Answers:
    forecasts: tuple[Forecast, ...]
    refusals: Mapping[str, str]


def _predict_all(project_path: Path, runs: Sequence[str], image_id: int) -> Job[_Answers]:
    forecasts: list[Forecast] = []
    refusals: dict[str, str] = {}
    for run in runs:
        try:
            said = yield from jobs.predict_heatmaps(project_path, run, image_id)
            forecasts.append(Forecast(said, None if said.regions is None else Outlined.of(said.regions)))
        except KdlandError as error:
            refusals[run] = str(error)
    return _Answers(tuple(forecasts), refusals)
