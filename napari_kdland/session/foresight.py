"""A look ahead before a training: it refuses what cannot work, warns of the rest, and says how long it will take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from napari_kdland import jobs
from napari_kdland.events import Started, Warned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari_kdland.events import Job

T = TypeVar("T")


@dataclass(frozen=True)
class Concerns:
    """Why a training has not begun, though it could: the user has to say so first."""

    warnings: tuple[str, ...]


def foreseen(
    job: Callable[[], Job[T]],
    project_path: Path,
    order: jobs.TrainingOrder,
    *,
    resumes: str = "",
    is_confirmed: bool = False,
) -> Job[T | Concerns]:
    """Look ahead, tell what was found, then do the job; where something may go wrong, only if that is confirmed.

    `resumes` is the run that goes on; empty where a new one begins.

    Raises
    ------
    KdlandError
        If the training cannot work; no run is made, or goes on, then.
    """
    if resumes:
        found = yield from jobs.foresee_resumption(project_path, resumes, device=order.device)
    else:
        found = yield from jobs.foresee_training(project_path, order)
    for message in found.warnings:
        yield Warned(message)
    if found.warnings and not is_confirmed:
        return Concerns(found.warnings)
    yield Started(in_words(found))
    return (yield from job())


def in_words(found: jobs.Foresight) -> str:
    """Tell what a training will take, in one line."""
    free = "" if found.free_bytes is None else f" of {_size(found.free_bytes)} free"
    return (
        f"Takes about {_duration(found.seconds)} ({found.step_s:.2g} s a step) on {found.device}, "
        f"up to {_size(found.memory_bytes)}{free} memory, {_size(found.disk_bytes)} of "
        f"{_size(found.disk_free_bytes)} free disk"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.0f} MiB" if n_bytes < 2**30 else f"{n_bytes / 2**30:.1f} GiB"
