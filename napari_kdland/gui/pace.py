"""How fast a job goes and how long it will still take, in words."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from napari_kdland.gui.event_words import duration

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW = 50


class Pace:
    """Reckons with the last fifty steps.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[int, float]] = deque(maxlen=_WINDOW)
        self._total: int | None = None
        self._heard_at: float | None = None
        self._rests = False
        self._unit = "step"

    def begin(self, total: int | None, unit: str = "step") -> None:
        """Start anew, towards `total` units."""
        self._unit = unit
        self._seen.clear()
        self._rests = False
        self._total = total
        self.hear()

    def rest(self) -> None:
        """Reckon anew from here: the steps so far say nothing of the speed after a pause."""
        self._rests = True

    def hear(self) -> None:
        """Note that the job has told something, whatever it was."""
        self._heard_at = self._clock()

    @property
    def silence(self) -> float | None:
        """Seconds since the job told anything; `None` before it has begun."""
        return None if self._heard_at is None else self._clock() - self._heard_at

    def advance(self, done: int) -> None:
        """Note that `done` units are behind us."""
        self.hear()
        if self._rests:  # the first step after a pause ends when it ends
            self._rests = False
            self._seen.clear()
        if not self._seen or done > self._seen[-1][0]:
            self._seen.append((done, self._clock()))

    def text(self) -> str:
        """Say where the job stands, how fast it goes and how long it will still take."""
        if not self._seen or (self._total is None and self._unit != "step"):
            return ""
        done, at = self._seen[-1]
        parts = [f"{self._unit} {done}" if self._total is None else f"{self._unit} {done} of {self._total}"]
        first, first_at = self._seen[0]
        if done > first and at > first_at:
            rate = (done - first) / (at - first_at)
            parts.append(f"{rate:.{1 if rate < 9.95 else 0}f} {self._unit}s/s")
            if self._total is not None:
                parts.append(f"{duration((self._total - done) / rate)} left")
        return " · ".join(parts)
