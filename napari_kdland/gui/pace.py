"""How fast a job goes and how long it will still take, in words."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

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

    def begin(self, total: int | None) -> None:
        """Start anew, towards `total` units."""
        self._seen.clear()
        self._total = total

    def advance(self, done: int) -> None:
        """Note that `done` units are behind us."""
        if not self._seen or done > self._seen[-1][0]:
            self._seen.append((done, self._clock()))

    def text(self) -> str:
        """Say where the job stands; how long ago it last moved, where that is long."""
        if not self._seen:
            return ""
        done, at = self._seen[-1]
        parts = [f"step {done}" if self._total is None else f"step {done} of {self._total}"]
        first, first_at = self._seen[0]
        if done > first and at > first_at:
            rate = (done - first) / (at - first_at)
            parts.append(f"{rate:.1f} steps/s")
            if self._total is not None:
                parts.append(f"{_duration((self._total - done) / rate)} left")
        silence = self._clock() - at
        if silence > 5:
            parts.append(f"no news for {_duration(silence)}")
        return " · ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
