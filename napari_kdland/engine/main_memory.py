"""The memory of the machine itself; asked without torch."""

from __future__ import annotations

import os
from pathlib import Path


def main_memory() -> tuple[int | None, int | None]:
    """Give free and total memory in bytes; `None` where the system does not say."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        free, total = os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page
    except (AttributeError, ValueError, OSError):
        return None, None
    return _available() or free, total


def _available() -> int | None:
    """Give what Linux can give without swapping: what it keeps of files only in case is not free, but can be had."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        (kibibytes,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError):
        return None
    return int(kibibytes) * 1024
