"""Show a running job in the terminal: a bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from napari_kdland import events

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")


def watch(job: events.Job[T], *, as_json: bool = False) -> T:
    """Run a job to its end on this thread and show its events.

    With `as_json` every event is one line of JSON on stderr; otherwise a progress bar is drawn there. Results go to
    stdout, so that a pipe gets nothing else. Ctrl+C closes the job at its next event, so that a training saves its
    checkpoint; a second Ctrl+C ends at once.
    """
    if as_json:
        return _run(job, lambda event: _write_line(events.to_json(event)))
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        shown = _Bars(progress, console)
        return _run(job, shown.show)


def _run(job: events.Job[T], show: Callable[[events.Event], None]) -> T:
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    def show_or_stop(event: events.Event) -> None:
        show(event)
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        return events.run(job, show_or_stop)
    except KeyboardInterrupt:
        _write_line("Stopping; what is done is kept.")
        raise SystemExit(130) from None
    finally:
        job.close()
        signal.signal(signal.SIGINT, before)


def _write_line(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class _Bars:
    """One bar a started piece of work; plain lines where there is no terminal to draw on."""

    def __init__(self, progress: Any, console: Any) -> None:
        self.progress = progress
        self.console = console
        self.task: Any = None
        self.title = ""
        self.total: int | None = None
        self.tenth = -1

    def show(self, event: events.Event) -> None:
        if isinstance(event, events.Started):
            self.title, self.total, self.tenth = event.title, event.total, -1
            self.task = self.progress.add_task(event.title, total=event.total, note="")
            if not self.console.is_terminal:
                _write_line(event.title)
        elif isinstance(event, events.Advanced) and self.task is not None:
            self.progress.update(self.task, completed=event.done)
            self._tell_tenths(event.done)
        elif isinstance(event, events.Measured) and self.task is not None:
            note = "  ".join(f"{name} {value:.4g}" for name, value in event.values.items())
            self.progress.update(self.task, note=note)
        elif isinstance(event, events.Warned):
            self.console.print(f"[yellow]note:[/] {event.message}", markup=True, highlight=False, soft_wrap=True)

    def _tell_tenths(self, done: int) -> None:
        if self.console.is_terminal or not self.total:
            return
        tenth = 10 * done // self.total
        if tenth > self.tenth:
            self.tenth = tenth
            _write_line(f"  {self.title}: {done} of {self.total}")


def print_json(values: Any) -> None:
    """Print a result as JSON on stdout."""
    sys.stdout.write(json.dumps(values, indent=2, default=str) + "\n")


def say(text: str = "") -> None:
    """Print a line of a result on stdout."""
    sys.stdout.write(text + "\n")
