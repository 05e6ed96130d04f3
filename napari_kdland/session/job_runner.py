"""The one boundary between threads: jobs run in the background, their events come out where `poll` is called.

A job goes through these states; the marked ones are final::

    RUNNING <-> PAUSED
       |          |
       v          v
    STOPPING -> STOPPED*     closed at an event: the job has saved what it could
       |
       v
    DONE*  FAILED*           ended by itself, before or after the wish to stop was heard

A job is created, advanced and closed on one thread of its own, so that settings that belong to a thread stay with it.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import time
import traceback
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from psygnal import Signal

from napari_kdland.errors import KdlandError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from napari_kdland.events import Event, Job

T = TypeVar("T")
_KEPT_EVENTS = 20_000
_POLL_SECONDS = 0.01
_PATIENT_NICE = 15


class JobStatus(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the job will do nothing more."""
        return self in (JobStatus.STOPPED, JobStatus.DONE, JobStatus.FAILED)


@dataclass(frozen=True)
class _Control:
    close: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event = field(default_factory=threading.Event)
    wake: threading.Event = field(default_factory=threading.Event)

    def may_go_on(self) -> bool:
        while self.hold.is_set() and not self.close.is_set():
            self.wake.wait()
        return not self.close.is_set()


class JobHandle(Generic[T]):
    """One job as its watchers see it; it changes in `JobRunner.poll` and by the wishes below only.

    Attributes
    ----------
    title
        What the job is called in the window.
    status
        Where it stands.
    events
        What it has told so far; the oldest are dropped after some twenty thousand.
    result
        What it returned; `None` before the end.
    failure
        What it raised where it failed; `None` otherwise.
    error
        The failure in one message for the user; empty where there is none.
    details
        The traceback behind `error`, for a bug report.
    is_bug
        Whether the failure is nothing that the program knows by name.
    """

    told = Signal(object)
    finished = Signal(object)

    def __init__(self, title: str, control: _Control) -> None:
        self.title = title
        self.status = JobStatus.RUNNING
        self.events: deque[Event] = deque(maxlen=_KEPT_EVENTS)
        self.result: T | None = None
        self.failure: Exception | None = None
        self.error = ""
        self.details = ""
        self.is_bug = False
        self._control = control

    def cancel(self) -> None:
        """Ask the job to stop at its next event; it saves what it can."""
        if not self.status.is_final:
            self.status = JobStatus.STOPPING
        self._control.close.set()
        self._control.wake.set()

    def pause(self) -> None:
        """Hold the job at its next event."""
        if self.status is JobStatus.RUNNING:
            self.status = JobStatus.PAUSED
            self._control.wake.clear()
            self._control.hold.set()

    def resume(self) -> None:
        """Let a paused job go on."""
        if self.status is JobStatus.PAUSED:
            self.status = JobStatus.RUNNING
            self._control.hold.clear()
            self._control.wake.set()


def patiently(job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
    """Give a job that lets the window, and whatever reads images for it, go first on the same processor."""
    return partial(_patient, job)


def _patient(job: Callable[[], Job[T]]) -> Job[T]:
    # Linux gives each thread a priority of its own, and threads that it starts (torch's) inherit it.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_PATIENT_NICE, os.getpriority(os.PRIO_PROCESS, thread)))
    return (yield from job())


class JobRunner:
    """Starts jobs in background threads and hands their events to the thread that polls."""

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._threads: dict[JobHandle[Any], threading.Thread] = {}
        self._lanes: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def start(
        self,
        title: str,
        job: Callable[[], Job[T]],
        *,
        lane: str = "",
        on_event: Callable[[Event], None] | None = None,
        on_end: Callable[[JobHandle[T]], None] | None = None,
    ) -> JobHandle[T]:
        """Run a job in the background.

        Parameters
        ----------
        title
            What to call it.
        job
            Makes the generator; called on the job's own thread.
        lane
            Jobs of one lane run one after another; without a lane, a job starts at once.
        on_event
            Called with every event, from `poll`.
        on_end
            Called with the handle when the job is over, from `poll`.
        """
        control = _Control()
        handle: JobHandle[T] = JobHandle(title, control)
        if on_event is not None:
            handle.told.connect(on_event)
        if on_end is not None:
            handle.finished.connect(on_end)
        turn = self._lanes[lane] if lane else threading.Lock()
        work = (handle, control, job, turn)
        thread = threading.Thread(target=self._work, args=work, name=f"job: {title}", daemon=True)
        self._threads[handle] = thread
        thread.start()
        return handle

    @property
    def running(self) -> tuple[JobHandle[Any], ...]:
        """The jobs whose end `poll` has not told yet."""
        return tuple(self._threads)

    def poll(self) -> None:
        """Hand out what has happened since the last call, on the calling thread, for some ten milliseconds at most."""
        until = time.monotonic() + _POLL_SECONDS
        while not self._news.empty() and time.monotonic() < until:
            self._news.get_nowait()()

    def close(self, timeout: float = 30.0) -> bool:
        """Stop all jobs and wait for them; give whether all have ended after `timeout` seconds."""
        until = time.monotonic() + timeout
        for handle in self._threads:
            handle.cancel()
        for thread in tuple(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))
        while not self._news.empty():
            self._news.get_nowait()()
        return not self._threads

    def _work(self, handle: JobHandle[T], control: _Control, job: Callable[[], Job[T]], turn: threading.Lock) -> None:
        try:
            with turn:
                status, result = (
                    self._advance(handle, control, job) if control.may_go_on() else (JobStatus.STOPPED, None)
                )
        except Exception as error:  # noqa: BLE001 - the one place where a failure of any kind becomes a message
            self._news.put(lambda failure=error: self._end(handle, JobStatus.FAILED, failure=failure))  # type: ignore[misc]
        else:
            self._news.put(lambda: self._end(handle, status, result=result))

    def _advance(self, handle: JobHandle[T], control: _Control, make: Callable[[], Job[T]]) -> tuple[JobStatus, Any]:
        if not control.may_go_on():
            return JobStatus.STOPPED, None
        job = make()
        while control.may_go_on():
            try:
                event = next(job)
            except StopIteration as stop:
                return JobStatus.DONE, stop.value
            self._news.put(lambda event=event: self._tell(handle, event))  # type: ignore[misc]
        job.close()
        return JobStatus.STOPPED, None

    def _tell(self, handle: JobHandle[Any], event: Event) -> None:
        handle.events.append(event)
        handle.told.emit(event)

    def _end(
        self, handle: JobHandle[T], status: JobStatus, *, result: T | None = None, failure: Exception | None = None
    ) -> None:
        self._threads.pop(handle, None)
        handle.status = status
        handle.result = result
        if failure is not None:
            handle.failure = failure
            handle.is_bug = not isinstance(failure, KdlandError)
            handle.error = str(failure) if not handle.is_bug else f"{type(failure).__name__}: {failure}"
            handle.details = "".join(traceback.format_exception(failure))
        handle.finished.emit(handle)


def listen_to(pipe: IO[bytes]) -> queue.SimpleQueue[bytes | None]:
    """Read a pipe of pickled bytes in the background, for as long as the process lives.

    Returns
    -------
    queue
        Each message as it comes, then `None` once nobody writes any more. What is in the bytes is for the receiver to
        unpack, where a failure to do so is heard.
    """
    messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                messages.put(pickle.load(pipe))
        except (EOFError, OSError):
            messages.put(None)

    threading.Thread(target=read, name="listener", daemon=True).start()
    return messages
