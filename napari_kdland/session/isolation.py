"""The same job in a child process: safe from a fault of the device, and one process a GPU."""

from __future__ import annotations

import functools
import multiprocessing
import time
from typing import TYPE_CHECKING, Any, TypeVar

from napari_kdland import errors
from napari_kdland.errors import KdlandError
from napari_kdland.session.job_runner import JobHandle, JobRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from napari_kdland.events import Job

T = TypeVar("T")
_LISTEN_SECONDS = 0.02


class ChildDied(KdlandError):
    """The child process of a job ended without a word."""


class ChildFault(RuntimeError):
    """A bug in the child process of a job; its traceback is in the notes."""


def in_child(job: Callable[[], Job[T]]) -> Callable[[], Job[T]]:
    """Give a job that does `job` in a process of its own and tells the same events.

    `job` must be picklable (a `functools.partial` of a function of a module), and so must its events and its result.
    """
    return functools.partial(_watch, job)


def _watch(job: Callable[[], Job[T]]) -> Job[T]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_live, args=(job, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        while True:
            kind, value = _hear(ours, child)
            if kind == "event":
                yield value
            else:
                result: T = _outcome(kind, value)
                return result
    finally:
        ours.close()  # the child hears it and closes its job
        child.join()


def _hear(ours: Connection, child: Any) -> tuple[str, Any]:
    try:
        message: tuple[str, Any] = ours.recv()
    except (EOFError, ConnectionResetError):
        child.join()
        raise ChildDied(
            f"The process of this job ended without a word (exit code {child.exitcode}): out of memory, a driver "
            "fault, or ended from outside. What it had saved is whole; resume it, with a smaller batch where memory "
            "was short."
        ) from None
    return message


def _outcome(kind: str, value: Any) -> Any:
    if kind == "result":
        return value
    name, message, details = value
    if kind == "refusal":
        raise getattr(errors, name, KdlandError)(message)
    fault = ChildFault(message)
    fault.add_note(details)
    raise fault


def _live(job: Callable[[], Job[Any]], theirs: Connection) -> None:
    runner = JobRunner()
    news: list[Any] = []
    handle = runner.start("job", job, on_event=news.append)
    try:
        while runner.running:
            if theirs.poll(_LISTEN_SECONDS):
                theirs.recv()
            runner.poll()
            while news:
                theirs.send(("event", news.pop(0)))
        theirs.send(_last_words(handle))
    except (EOFError, OSError):  # nobody listens any more
        handle.cancel()
        while runner.running:
            runner.poll()
            time.sleep(_LISTEN_SECONDS)


def _last_words(handle: JobHandle[Any]) -> tuple[str, Any]:
    if not handle.error:
        return "result", handle.result
    return ("fault" if handle.is_bug else "refusal"), (type(handle.failure).__name__, handle.error, handle.details)
