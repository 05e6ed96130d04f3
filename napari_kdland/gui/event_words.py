"""What jobs tell, in lines for people: the tail of a run's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.events import Event, Measured, Saved, Started, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable

_TITLES = {
    "val_radial_error_px": "error on val",
    "val_dice": "Dice on val",
    "train_radial_error_px": "on train",
    "train_dice": "Dice on train",
}
_FILES = {"run": "run begun", "best": "best weights saved", "checkpoint": "checkpoint saved"}


def log_tail(events: Iterable[Event], n_lines: int = 12) -> str:
    """Give the last lines of what a job has told; single steps are no news."""
    lines = [line for event in events if (line := in_words(event))]
    return "\n".join(lines[-n_lines:])


def in_words(event: Event) -> str:
    """Give an event as one line; empty where it is no news of its own."""
    if isinstance(event, Started):
        return event.title
    if isinstance(event, Measured):
        return f"step {event.step}: {', '.join(_figure(*item) for item in event.values.items())}"
    if isinstance(event, Warned):
        return f"note: {event.message}"
    if isinstance(event, Saved):
        return _FILES.get(event.what, f"{event.what} saved")
    return ""


def duration(seconds: float) -> str:
    """Give a time that has passed, or is still to come."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def size(n_bytes: float) -> str:
    """Give a size on the disk or in memory."""
    if n_bytes < 2**20:
        return f"{n_bytes / 2**10:.0f} KiB"
    return f"{n_bytes / 2**20:.1f} MiB" if n_bytes < 2**30 else f"{n_bytes / 2**30:.1f} GiB"


def _figure(name: str, value: float) -> str:
    title = _TITLES.get(name, name)
    if name.endswith("_dice"):
        return f"{title} {100 * value:.1f} %"
    return f"{title} {value:.2f} px" if name.endswith("_px") else f"{title} {value:.4g}"
