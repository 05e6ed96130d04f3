"""Who trains the runs of a study: this process, one after the other, or the workers of a Dask cluster."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from napari_kdland import events
from napari_kdland.errors import KdlandError, TrainingError, UsageError
from napari_kdland.events import Advanced, Job, Measured, Warned
from napari_kdland.jobs.studying.working import Outcome, work_on
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_POLL_SECONDS = 0.5
# How often it is said who trains what.
_TELL_SECONDS = 2.0
_CONNECT_SECONDS = 10
_LONELY_SECONDS = 30.0
# glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT_BYTES, _KEPT_BYTES = 32 * 2**20, 512 * 2**20


class Crew(Protocol):
    """Trains prepared runs."""

    def work(self, runs: Sequence[str]) -> Job[list[Outcome]]:
        """Train at least one of `runs`, all of which could be begun now; gives those whose work has ended."""
        ...

    def dismiss(self) -> None:
        """End all work; what is learnt is kept."""
        ...


class OwnHands:
    """The process itself trains, one run after the other."""

    def __init__(self, project_path: Path, device: str) -> None:
        self._project_path = project_path
        self._device = device

    def work(self, runs: Sequence[str]) -> Job[list[Outcome]]:
        """Train the first of `runs`."""
        job = work_on(self._project_path, runs[0], device=self._device)
        try:
            while True:
                try:
                    event = next(job)
                except StopIteration as stop:
                    return [stop.value]
                # The study counts runs: what a run counts becomes a remark.
                if isinstance(event, Advanced):
                    yield Advanced(0, event.message or f"{runs[0]}: step {event.done}")
                elif isinstance(event, (Measured, Warned)):
                    yield event
        finally:
            job.close()

    def dismiss(self) -> None:
        """Nobody works while this process does something else."""


class Cluster:
    """The workers of a Dask cluster, all of which see the project's folder under the same path.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    project_path, device
        Where and on what the workers train.

    Raises
    ------
    UsageError
        If the package is missing, the scheduler does not answer, or a worker does not see the project.
    """

    def __init__(self, address: str, project_path: Path, device: str) -> None:
        self._client = _connected(address)
        self._address = address
        self._project_path = project_path.resolve()
        self._device = device
        self._futures: dict[str, Any] = {}
        self._alone_since: float | None = None
        self._told = -math.inf
        blind = self._client.run(_what_is_wrong, str(self._project_path), on_error="return")
        wrong = [f"{worker}: {said}" for worker, said in blind.items() if said]
        if wrong:
            self.dismiss()
            raise UsageError(
                f"Workers of {address} cannot train in {self._project_path}: {'; '.join(wrong)}. Every worker has to "
                "see the project under the same path and to have the same version of napari-kdland."
            )

    def work(self, runs: Sequence[str]) -> Job[list[Outcome]]:
        """Hand all of `runs` to the cluster and wait until the work on one has ended."""
        for run in runs:
            if run not in self._futures:
                self._futures[run] = self._client.submit(
                    train_for_study, str(self._project_path), run, self._device, pure=False
                )
        while True:
            ended = [run for run, future in self._futures.items() if future.done()]
            if ended:
                return [self._outcome(run) for run in ended]
            if time.monotonic() - self._told > _TELL_SECONDS:
                self._told = time.monotonic()
                yield from self._tell_if_alone()
                yield Advanced(0, self._who_trains())
            time.sleep(_POLL_SECONDS)

    def dismiss(self) -> None:
        """Take back what waits; who trains notices that the study is over, and stops."""
        self._client.cancel(list(self._futures.values()))
        self._client.close()

    def _outcome(self, run: str) -> Outcome:
        future = self._futures.pop(run)
        if future.status in ("cancelled", "lost"):
            raise TrainingError(
                f"The scheduler {self._address} is gone, and with it who trains {run}. What is learnt is kept: start "
                "the study again to go on."
            )
        if future.status == "error":
            return self._fault(run, future.exception())
        outcome: Outcome = future.result()
        return outcome

    def _fault(self, run: str, error: BaseException) -> Outcome:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return Outcome(run, f"Every worker that trained {run} died: {error}")
        raise error

    def _who_trains(self) -> str:
        with Project.open(self._project_path, announce=False) as project:
            steps = [f"{run} (step {project.runs.get(run).steps_done})" for run in project.runs.training_now()]
        return f"{len(self._futures)} runs are with the cluster; now {', '.join(steps) or 'none'}"

    def _tell_if_alone(self) -> Job[None]:
        if self._client.scheduler_info()["workers"]:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = time.monotonic()
        elif time.monotonic() - self._alone_since > _LONELY_SECONDS:
            self._alone_since = time.monotonic()
            yield Warned(f"No worker is connected to {self._address}; waiting for one.")


def train_for_study(project_path: str, run: str, device: str) -> Outcome:
    """Train a prepared run; what a worker of the cluster does."""
    from pathlib import Path

    _keep_freed_memory()
    return events.run(work_on(Path(project_path), run, device=device))


def _keep_freed_memory() -> None:
    """Undo what Dask's nanny asks of glibc: to give freed memory back at once, which every step then asks for anew.

    That makes a step nearly twice as long, all of it in the kernel (benchmarks/results/worker_memory.json).
    """
    if not sys.platform.startswith("linux") or "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _what_is_wrong(project_path: str) -> str:
    """Say why this process could not train in a project; empty where it could."""
    from pathlib import Path

    try:
        with Project.open(Path(project_path), announce=False) as project:
            return "the project is read-only there" if project.is_read_only else ""
    except KdlandError as error:
        return str(error)


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise UsageError(
            "A study on a cluster needs the package distributed. Install it: pip install napari-kdland[cluster]"
        ) from error
    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]  # theirs
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"No Dask scheduler answers at {address}: {error}. Start one with dask scheduler, workers with dask worker."
        ) from error
