"""Whether a process that left its name in the project is still there."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Sign:
    """Which process spoke, on which machine, and when last (seconds since 1970)."""

    host: str
    process: int
    beat: float

    @property
    def age(self) -> float:
        """Seconds since the last sign of life."""
        return max(0.0, moment() - self.beat)

    @property
    def is_here(self) -> bool:
        """Whether it was on this machine."""
        return self.host == platform.node()

    @property
    def is_gone(self) -> bool:
        """Whether it was on this machine and has ended; of other machines nobody here can tell."""
        return self.is_here and not is_running(self.process)


def own_sign() -> Sign:
    """Give this process's sign of life, now."""
    return Sign(platform.node(), os.getpid(), moment())


def moment() -> float:
    """Give the time that all machines share, in seconds since 1970."""
    return time.time()


def is_running(process: int) -> bool:
    """Whether a process of this machine is running."""
    if sys.platform == "win32":
        return _is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, for another user
        return True
    return True


if sys.platform == "win32":

    def _is_running_on_windows(process: int) -> bool:
        # Signal 0 is Ctrl+C there: asking as on other systems would stop the process.
        import ctypes

        synchronise, still_waiting = 0x00100000, 0x102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronise, False, process)
        if not handle:
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == still_waiting)
        finally:
            kernel.CloseHandle(handle)
