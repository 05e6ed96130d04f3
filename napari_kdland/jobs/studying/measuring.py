"""Measure the finished runs of a study: the checkpoint that val chose, and the last one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.evaluation import FLOOR, Evaluation
from napari_kdland.jobs.comparing import compare_runs, evaluate_run
from napari_kdland.jobs.studying.copying import copy_of
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.events import Job

_BEST, _LAST = "best.safetensors", "last.safetensors"
# What a run's folder holds besides its weights, and a prediction or comparison reads.
_FACTS = ("run.toml", "recipe.toml", "data.json")


@dataclass(frozen=True)
class Measured:
    """One run measured: with the weights that val chose, and with the last ones: the same, other ones, or not asked."""

    best: Evaluation
    last: Evaluation | None = None


def measure(project: Project, runs: Sequence[str], *, split: str, device: str) -> Job[dict[str, Measured]]:
    """Measure runs on a split, each once."""
    best = {}
    for run in runs:
        best[run] = yield from evaluate_run(project.path, run, split=split, device=device)
    others = [run for run in runs if not _best_is_last(project.runs.get(run).folder)]
    last = (yield from _last_measured(project, others, split, device)) if others else {}
    return {run: Measured(best[run], last.get(run, best[run])) for run in runs}


def floor(project: Project, run: str, *, split: str, device: str) -> Job[Evaluation]:
    """Measure the mean shape of the labels that a run saw."""
    comparison = yield from compare_runs(project.path, [run], split=split, device=device)
    return comparison.row(FLOOR).evaluation


def _best_is_last(folder: Path) -> bool:
    from napari_kdland.engine.checkpoints import read_checkpoint

    facts = read_checkpoint(folder / _LAST).facts
    return not (folder / _BEST).exists() or facts["best_step"] in (None, facts["step"])


def _last_measured(project: Project, runs: Sequence[str], split: str, device: str) -> Job[dict[str, Evaluation]]:
    found = {}
    with copy_of(project, with_cache=True) as path:
        for run in runs:
            with Project.open(path, announce=False) as copy:
                copy.predictions.clear(run)
                place = copy.layout.run_folder(run)
            place.mkdir(parents=True)
            # A run without a best checkpoint is predicted with its last one.
            for name in (*_FACTS, _LAST):
                shutil.copyfile(project.runs.get(run).folder / name, place / name)
            found[run] = yield from evaluate_run(path, run, split=split, device=device)
    return found
