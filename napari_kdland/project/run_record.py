"""What the project knows of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pathlib import Path

STATUSES = ("planned", "running", "stopped", "done", "failed")


@dataclass(frozen=True)
class RunRecord:
    """One run as the project knows it.

    Parameters
    ----------
    name
        Unique in the project, and the name of its folder.
    recipe
        Name of the recipe; the run's ``run.toml`` has all of it.
    folder
        Where configuration, events and checkpoints lie.
    status
        ``planned``, ``running``, ``stopped``, ``done`` or ``failed``.
    created
        ISO 8601, UTC.
    labels
        Number of labelled images that were asked for; `None` for all.
    seed, device, teachers
        What the run was started with; teachers are run names or folders.
    steps_done
        Optimiser steps so far.
    best_error_px
        Lowest mean radial error on the validation images; `None` before the first validation.
    start
        The run whose weights it began with, by name or folder; empty where it began afresh.
    best_dice
        Mean Dice of the regions on the validation images at the best step; `None` where it learns no regions.
    message
        Why it stopped or failed; empty otherwise.
    size_bytes
        What its folder takes on the disk.
    """

    name: str
    recipe: str
    folder: Path
    status: str
    created: str
    labels: int | None
    seed: int
    device: str
    teachers: tuple[str, ...]
    steps_done: int
    best_error_px: float | None
    message: str
    size_bytes: int
    start: str = ""
    best_dice: float | None = None

    @property
    def loss(self) -> str:
        """Say that its folder is gone, and what to do; empty where it is there."""
        if self.folder.is_dir():
            return ""
        return (
            f"The folder {self.folder} is gone: it was moved or deleted outside of the program, and the weights with "
            "it. Put it back from a copy, or delete the run."
        )


class RunChanges(TypedDict, total=False):
    """What `Runs.update` may change."""

    status: str
    labels: int | None
    device: str
    teachers: tuple[str, ...]
    steps_done: int
    best_error_px: float | None
    best_dice: float | None
    message: str
