"""What a running job tells whoever watches it.

A job is a generator: it yields the events below and returns its result. It knows no thread, bar, window or printer;
the window, the command line, the log file and the tests all read this one stream.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Started:
    """The job has begun.

    `total` is the number of units that `Advanced.done` counts towards; `None` where it is not known.
    """

    title: str
    total: int | None = None


@dataclass(frozen=True)
class Advanced:
    """`done` of the started total are behind us; `message` names the unit just finished."""

    done: int
    message: str = ""


@dataclass(frozen=True)
class Measured:
    """Numbers at a step, by name (``loss``, ``val_radial_error_px``, ...)."""

    step: int
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_validation(self) -> bool:
        """Whether images were looked at as they are, of val or of what is learnt from; else these are losses."""
        return any(name.startswith(("train_", "val_")) for name in self.values)


@dataclass(frozen=True)
class Saved:
    """Something lies on disk now; `what` is a word such as ``run``, ``checkpoint``, ``best``, ``report``."""

    what: str
    path: str


@dataclass(frozen=True)
class Warned:
    """The job goes on, but the user should know this."""

    message: str


@dataclass(frozen=True)
class Probed:
    """What a network that is being trained sees at a step in an image that is watched.

    Parameters
    ----------
    step
        Optimiser steps so far.
    image
        Content hash of the image.
    points
        (y, x) of each landmark in image pixels, in the run's order; empty where it learns none.
    heatmap
        The highest heatmap at each place, packed as text: see `engine.small_maps`.
    """

    step: int
    image: str
    points: tuple[tuple[float, float], ...] = ()
    heatmap: str = ""


Event = Started | Advanced | Measured | Saved | Warned | Probed
Job = Generator[Event, None, T]

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Started, Advanced, Measured, Saved, Warned, Probed)}


def to_json(event: Event) -> str:
    """Write an event as one line of JSON."""
    return json.dumps({"event": type(event).__name__, **asdict(event)})


def from_json(line: str) -> Event:
    """Read back what `to_json` wrote.

    Raises
    ------
    ValueError
        If the line is not an event.
    """
    values = json.loads(line)
    kind = _KINDS.get(values.pop("event", "")) if isinstance(values, dict) else None
    if kind is None:
        raise ValueError(f"not an event: {line[:80]!r}; expected one of {', '.join(_KINDS)}")
    event: Event = kind(**{key: _frozen(value) for key, value in values.items()})
    return event


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def run(job: Job[T], watch: Callable[[Event], None] | None = None) -> T:
    """Advance a job to its end on this thread and give its result; `watch` sees every event."""
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if watch is not None:
            watch(event)
