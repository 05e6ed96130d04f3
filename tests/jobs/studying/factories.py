"""Makers for the tests of studies."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from napari_kdland.events import Advanced, Job
from napari_kdland.jobs.studying.conducting import Conductor
from napari_kdland.jobs.studying.subsets import Subsets
from napari_kdland.jobs.studying.working import Outcome
from napari_kdland.project import Project
from napari_kdland.recipes.study import Study, study_from_values

SMALL = """
name = "small"
labels = [2]
seeds = [0, 1]
set = ["input.size=64", "input.sigma_px=4", "training.validate_every=2"]

[student]
set = ["student.backbone=tiny", "training.steps=4"]

[teachers]
set = ["student.backbone=tiny"]
steps = 2
"""
TUNING = "[tuning]\ntrials = 3\n"
SEARCH = '[recipes.search]\n"terms.0.weight" = { range = [0.5, 2.0] }\n'


def a_study(*recipes: str, more: str = "", text: str = SMALL) -> Study:
    """Make a study of rows: names of recipes, or what stands below ``[[recipes]]``."""
    parts = [row if "=" in row else f'recipe = "{row}"' for row in recipes or ("supervised", "kd")]
    rows = [f"[[recipes]]\n{part}\n" for part in parts]
    return study_from_values(tomllib.loads(text + more + "".join(rows)), where="small.toml", folder=Path())


def a_tuned_study(*others: str) -> Study:
    return a_study(*others, f'recipe = "kd"\n{SEARCH}', more=TUNING)


def with_teachers(study: Study, **changes: object) -> Study:
    return study.model_copy(update={"teachers": study.teachers.model_copy(update=changes)})


def a_conductor(project: Project, study: Study) -> Conductor:
    return Conductor(project, study, Subsets(project))


class PretendedCrew:
    """Has runs done without training them; `error_px` gives what each comes to, `says` why one is not done."""

    def __init__(
        self,
        project: Project,
        *,
        error_px: Callable[[str], float] = lambda _: 5.0,
        says: Callable[[str], Outcome | None] = lambda _: None,
    ) -> None:
        self._project = project
        self._error_px = error_px
        self._says = says
        self.trained: list[str] = []

    def work(self, runs: Sequence[str]) -> Job[list[Outcome]]:
        run = runs[0]
        yield Advanced(0, run)
        said = self._says(run)
        if said is not None:
            return [said]
        assert self._project.runs.is_admitted(run)
        self._project.runs.update(run, status="done", best_error_px=self._error_px(run))
        self.trained.append(run)
        return [Outcome(run)]

    def dismiss(self) -> None:
        pass
