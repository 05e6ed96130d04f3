"""Stand between a job and its watcher: see every event, and still hand on a close."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.events import Event, Job

T = TypeVar("T")


def followed(job: Job[T], see: Callable[[Event], None]) -> Job[T]:
    """Give the same job, with every event shown to `see` before it goes on to the watcher.

    Closing it closes `job`, which then saves what it has; `see` is not called for events that nobody waits for.
    """
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: T = stop.value
                return result
            see(event)
            yield event
    finally:
        job.close()
