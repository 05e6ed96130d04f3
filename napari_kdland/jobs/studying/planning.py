"""The runs of a study, each once: teachers before the students that learn from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from napari_kdland.errors import RecipeError
from napari_kdland.jobs.studying.subsets import Cell
from napari_kdland.recipes import load_recipe, with_settings
from napari_kdland.recipes.identity import identity

if TYPE_CHECKING:
    from napari_kdland.jobs.studying.subsets import Subsets
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.study import RecipePart, Study

# What says nothing of how a network is trained.
_WORDS = {"name", "title", "summary", "cites", "departs"}


class Kind(StrEnum):
    """What a run is for."""

    TEACHER = "teacher"
    START = "start"
    TRIAL = "trial"
    STUDENT = "student"


@dataclass(frozen=True)
class Step:
    """One run of a study.

    Parameters
    ----------
    name
        Of the run. It ends with a hash of all that the run depends on, so that a run of this name is this one.
    kind
        What it was first planned for; a run may serve several ends.
    recipe, cell, seed
        How it is trained, on which labels, from which seed.
    teachers
        Runs that must be done before; or run folders that the study names.
    start
        Run whose weights it begins with.
    """

    name: str
    kind: Kind
    recipe: Recipe
    cell: Cell
    seed: int
    teachers: tuple[str, ...] = ()
    start: str | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Runs and run folders without which it cannot begin."""
        return self.teachers if self.start is None else (*self.teachers, self.start)


class Planner:
    """Plans runs; those that depend on the same are one.

    Attributes
    ----------
    steps
        Every run planned so far by name, in an order in which they could be trained one after the other.
    """

    def __init__(self, study: Study, subsets: Subsets) -> None:
        self._study = study
        self._subsets = subsets
        self.steps: dict[str, Step] = {}

    def cells(self, row: RecipePart) -> tuple[Cell, ...]:
        """Give where a row is measured."""
        study = self._study
        return tuple(Cell(labels, draw) for labels in study.labels_of(row) for draw in study.draws_of(row))

    def trial_cell(self) -> Cell:
        """Give where settings are tuned."""
        study = self._study
        part = study.tuning
        labels = study.labels[0] if part is None or part.labels is None else part.labels
        return Cell(labels, study.draws[0] if part is None or part.draw is None else part.draw)

    def students(self, row: RecipePart, cell: Cell, settings: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """Plan a row's students in a cell, one a seed, with `settings` on top of the row's."""
        recipe = self._study.recipe_of(row, settings)
        return tuple(self._step(row.name, Kind.STUDENT, recipe, cell, seed) for seed in self._study.seeds)

    def prerequisites(self, row: RecipePart, cell: Cell) -> None:
        """Plan what a row's students need in a cell; none of it depends on the settings that are tuned."""
        recipe = self._study.recipe_of(row)
        self.teachers(recipe, cell)
        for seed in self._study.seeds:
            self.start(recipe, cell, seed)

    def trial(self, row: RecipePart, settings: tuple[str, ...]) -> Step:
        """Plan one trial of a row's settings."""
        seed = 0 if self._study.tuning is None else self._study.tuning.seed
        recipe = self._study.recipe_of(row, settings)
        return self._step(row.name, Kind.TRIAL, recipe, self.trial_cell(), seed)

    def teachers(self, recipe: Recipe, cell: Cell, above: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Plan the teachers of a recipe in a cell; gives their names.

        Raises
        ------
        RecipeError
            If a recipe's teachers are to be trained by that recipe itself.
        """
        count = recipe.teacher.count
        if not count or self._study.teachers.runs:
            return self._study.teachers.runs[:count]
        if recipe.teacher.recipe in above:
            raise RecipeError(
                f"The recipe {recipe.name} wants teachers that are trained by {recipe.teacher.recipe}, which in turn "
                f"wants them trained by {' by '.join(above)}: there is no first one. Change teacher.recipe."
            )
        theirs = self._study.teacher_recipe_of(recipe)
        first = self._study.teachers.seed
        above = (*above, recipe.teacher.recipe)
        return tuple(
            self._step("teacher", Kind.TEACHER, theirs, cell, first + index, above).name for index in range(count)
        )

    def start(self, recipe: Recipe, cell: Cell, seed: int) -> str | None:
        """Plan the supervised run of the same network and seed that a recipe begins with, where it does."""
        if recipe.student.start == "fresh":
            return None
        shared = with_settings(load_recipe("supervised"), (*self._study.set, *self._study.student.set))
        network = {
            "student": recipe.student.model_copy(update={"start": "fresh"}),
            "input": recipe.input,
            "heads": recipe.heads,
        }
        return self._step("supervised", Kind.START, shared.model_copy(update=network), cell, seed).name

    def key(self, recipe: Recipe, cell: Cell, seed: int, needs: tuple[str, ...]) -> str:
        """Give a hash of all that a run depends on."""
        values = {
            "recipe": identity(recipe, without=_WORDS),
            "labels": cell.labels,
            "draw": cell.draw,
            "seed": seed,
            "needs": needs,
            "data": self._subsets.fingerprint(cell, recipe),
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def _step(self, label: str, kind: Kind, recipe: Recipe, cell: Cell, seed: int, above: tuple[str, ...] = ()) -> Step:
        teachers, start = self.teachers(recipe, cell, above), self.start(recipe, cell, seed)
        key = self.key(recipe, cell, seed, (*teachers, start or ""))
        name = f"{label}-{cell.slug}-s{seed}-{key[:8]}"
        return self.steps.setdefault(name, Step(name, kind, recipe, cell, seed, teachers, start))
