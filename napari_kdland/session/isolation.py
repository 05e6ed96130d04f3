"""The same job in another process: safe from a fault of the device, and from decoders that hold Python's lock.

The decoders of compressed DICOM files keep that lock for as long as they work, half a second for a large image: in a
thread of the window's own process they would stop the window for as long.

The child is a plain new interpreter that is told by a pipe what to do. Unlike those of `multiprocessing`, it does not
run the user's own script a second time, which in napari often opens a window at its top level.
"""

from __future__ import annotations

import functools
import os
import pickle
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from napari_kdland import errors
from napari_kdland.errors import KdlandError
from napari_kdland.session.job_runner import JobHandle, JobRunner, listen_to

if TYPE_CHECKING:
    import queue
    from collections.abc import Callable
    from typing import IO

    from napari_kdland.events import Job

T = TypeVar("T")
_PROTOCOL = 5
_POLL_SECONDS = 0.002
_SAVING_SECONDS = 3600.0
# How many events a child may be ahead of what was taken from it: it stands still where the job is paused.
_AHEAD = 8
_TAKEN = b""
_SERVE = "from napari_kdland.session.isolation import serve; serve()"


class ChildDied(KdlandError):
    """The child process of a job ended without a word."""


class ChildFault(RuntimeError):
    """A bug in the child process of a job; its traceback is in the notes."""


class Helper:
    """A process that does jobs, one at a time; it is started for the first one and stays until it is closed."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def job(self, job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
        """Give a job that does `job` in this process and tells the same events.

        `job` must be picklable (a `functools.partial` of a function of a module), its events and its result too.
        """
        return functools.partial(self._watch, job)

    def close(self) -> None:
        """End the process; a job that runs in it hears so at its next event, and saves what it can."""
        child, self._child = self._child, None
        if child is not None:
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
            child.wait()

    def _watch(self, job: Callable[[], Job[T]]) -> Job[T]:
        told, heard = self._pipes()
        is_over = False
        try:
            _tell(told, pickle.dumps((sys.path, job), protocol=_PROTOCOL))
            while True:
                kind, value = self._hear(heard)
                if kind == "event":
                    yield value
                    with suppress(OSError):  # a child that died is found so when it is heard next
                        _tell(told, _TAKEN)
                else:
                    is_over = True
                    result: T = _outcome(kind, value)
                    return result
        finally:
            if not is_over:
                self.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        if self._child.stdin is None or self._child.stdout is None:
            raise ChildFault("a process without pipes")
        return self._child.stdin, self._child.stdout

    def _hear(self, heard: IO[bytes]) -> tuple[str, Any]:
        try:
            message: tuple[str, Any] = pickle.load(heard)
        except (EOFError, OSError, pickle.UnpicklingError):
            code = None if self._child is None else self._child.wait()
            raise ChildDied(
                f"The process of this job ended without a word (exit code {code}): out of memory, a driver fault, or "
                "ended from outside. What it had saved is whole; go on from there, with a smaller batch where memory "
                "was short."
            ) from None
        return message


class Isolation(Protocol):
    """A way to do a job somewhere: given a job, it gives one that does the same and tells the same events."""

    def __call__(self, job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
        """Give the job that does `job` there."""
        ...


def here(job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
    """Do the job in this process, on the runner's thread."""
    return job


def in_child(job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
    """Give a job that does `job` in a process of its own, which ends with it; see `Helper.job`."""
    return functools.partial(_alone, job)


def serve() -> None:
    """Do the jobs that come by the standard input, and tell by the standard output; what the child's process runs."""
    told, heard = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the messages
    orders = listen_to(told)
    while (order := orders.get()) is not None:
        if order != _TAKEN:
            paths, job = pickle.loads(order)
            sys.path[:] = paths
            _serve_one(job, heard, orders)


def _alone(job: Callable[[], Job[T]]) -> Job[T]:
    helper = Helper()
    try:
        return (yield from helper.job(job)())
    finally:
        helper.close()


def _serve_one(job: Callable[[], Job[Any]], heard: IO[bytes], orders: queue.SimpleQueue[bytes | None]) -> None:
    runner = JobRunner()
    news: list[Any] = []
    n_ahead = 0
    handle = runner.start("job", job, on_event=news.append)
    try:
        while runner.running:
            time.sleep(_POLL_SECONDS)
            runner.poll()
            n_ahead += len(news) - _n_taken(orders)
            while news:
                _tell(heard, ("event", news.pop(0)))
            if n_ahead < _AHEAD:
                handle.resume()
            else:
                handle.pause()
        _tell(heard, _last_words(handle))
    except OSError:  # nobody listens any more
        runner.close(timeout=_SAVING_SECONDS)
        os._exit(0)  # the pipe is broken: flushing it at a usual exit would complain


def _n_taken(orders: queue.SimpleQueue[bytes | None]) -> int:
    n_taken = 0
    while not orders.empty():
        if orders.get() is None:
            raise BrokenPipeError
        n_taken += 1
    return n_taken


def _tell(pipe: IO[bytes], message: object) -> None:
    pickle.dump(message, pipe, protocol=_PROTOCOL)
    pipe.flush()


def _outcome(kind: str, value: Any) -> Any:
    if kind == "result":
        return value
    name, message, details = value
    if kind == "refusal":
        raise getattr(errors, name, KdlandError)(message)
    fault = ChildFault(message)
    fault.add_note(details)
    raise fault


def _last_words(handle: JobHandle[Any]) -> tuple[str, Any]:
    if handle.failure is None:
        return "result", handle.result
    return ("fault" if handle.is_bug else "refusal"), (type(handle.failure).__name__, handle.error, handle.details)
