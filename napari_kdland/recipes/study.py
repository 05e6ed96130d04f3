"""The study's own model: which recipes are compared, on how many labels, from which seeds, and what is tuned."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from napari_kdland.errors import RecipeError
from napari_kdland.recipes.shelf import load_recipe, with_settings

if TYPE_CHECKING:
    from napari_kdland.recipes.model import Recipe

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Settings = tuple[str, ...]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Draw = Literal["label_rank"] | Seed
Value = bool | int | float | str

RANKED: Draw = "label_rank"
# What a search may not touch: teachers and first weights are trained before it, and all trials have equal steps.
_FIXED = (
    *("name", "title", "summary", "cites", "departs"),
    *("teacher", "student", "input", "heads", "training.steps", "training.rounds"),
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchPart(_Part):
    """Where the best value of one setting is looked for: among `choices`, or between the two ends of a `range`."""

    choices: tuple[Value, ...] = Field(default=(), description="Values to choose from.")
    range: tuple[int, int] | tuple[float, float] | None = Field(
        default=None, description="Lowest and highest value; whole numbers where both are."
    )
    log: bool = Field(default=False, description="Look on a logarithmic scale.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> SearchPart:
        if bool(self.choices) == (self.range is not None):
            raise ValueError("give either choices = [...] or range = [low, high]")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"range {list(self.range)} is empty: the first value must be below the second")
        if self.log and (self.range is None or self.range[0] <= 0):
            raise ValueError("log = true wants a range above 0")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """Values from which one can tell whether the setting takes what is searched."""
        return self.choices or self.range or ()

    def holds(self, value: object) -> bool:
        """Say whether a value is one of those searched."""
        if self.range is None:
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        return isinstance(value, (int, float)) and self.range[0] <= value <= self.range[1]


class RecipePart(_Part):
    """One row of the comparison: a recipe with its settings."""

    recipe: str = Field(min_length=1, description="Ready-made recipe, or the path of a recipe file from the study's.")
    name: Slug = Field(default="", validate_default=False, description="Name in runs and tables; the recipe's if none.")
    set: Settings = Field(default=(), description="Settings, such as training.learning_rate=1e-3.")
    search: dict[str, SearchPart] = Field(default={}, description="Settings to be tuned on val, by their path.")
    labels: tuple[int, ...] | None = Field(default=None, description="Label counts, where they are not the study's.")
    draws: tuple[Draw, ...] | None = Field(default=None, description="Draws, where they are not the study's.")


class StudentPart(_Part):
    """What all students share."""

    set: Settings = Field(default=(), description="Settings of every student, such as training.steps=600.")


class TeachersPart(_Part):
    """How teachers are trained: once for each number of labels and draw, whoever learns from them."""

    set: Settings = Field(default=(), description="Settings of every teacher, after those that its recipe names.")
    steps: int | None = Field(default=None, ge=1, description="Optimiser steps of every teacher.")
    count: int | None = Field(default=None, ge=2, le=32, description="Members of every ensemble.")
    seed: Seed = Field(default=100, description="Seed of the first teacher; the next ones count up.")
    runs: tuple[str, ...] = Field(default=(), description="Runs or run folders that teach instead of new ones.")


class TuningPart(_Part):
    """How settings are searched: every recipe that has a search makes as many trials, judged on val."""

    trials: int = Field(default=4, ge=1, le=1000, description="Trials of each recipe.")
    labels: int | None = Field(default=None, ge=1, description="Label count of the trials; the study's first if none.")
    draw: Draw | None = Field(default=None, description="Draw of the trials; the study's first if none.")
    seed: Seed = Field(default=1000, description="Seed of the trials' trainings and of the search.")


class Study(_Part):
    """Recipes compared at label counts, over seeds."""

    name: Slug
    summary: str = ""
    labels: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    seeds: tuple[Seed, ...] = Field(default=(0, 1, 2), min_length=1)
    draws: tuple[Draw, ...] = Field(default=(RANKED,), min_length=1)
    baseline: str = Field(default="", description="Row that the others are held against; the first if none.")
    split: Literal["test", "val"] = Field(default="test", description="Where the finished runs are measured, once.")
    set: Settings = Field(default=(), description="Settings of every network, teachers and students.")
    student: StudentPart = StudentPart()
    teachers: TeachersPart = TeachersPart()
    tuning: TuningPart | None = None
    recipes: tuple[RecipePart, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _name_rows(cls, values: Any) -> Any:
        rows = values.get("recipes") if isinstance(values, dict) else None
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            named = [{**row, "name": row.get("name") or Path(str(row.get("recipe", ""))).stem} for row in rows]
            return {**values, "recipes": named}
        return values

    @model_validator(mode="after")
    def _fits(self) -> Study:
        names = [row.name for row in self.recipes]
        _refuse_twice("names of recipes", names)
        for what, given in (("labels", self.labels), ("seeds", self.seeds), ("draws", self.draws)):
            _refuse_twice(what, list(given))
        if self.baseline and self.baseline not in names:
            raise ValueError(f"baseline {self.baseline!r} is none of the recipes: {', '.join(names)}")
        searched = [row.name for row in self.recipes if row.search]
        if searched and self.tuning is None:
            raise ValueError(f"{', '.join(searched)} has a search, but there is no [tuning] with the number of trials")
        if self.tuning is not None and not searched:
            raise ValueError("there is a [tuning], but no recipe has a search")
        return self

    def row(self, name: str) -> RecipePart:
        """Give a row by its name, which must be one of the study's."""
        return next(row for row in self.recipes if row.name == name)

    @property
    def baseline_name(self) -> str:
        """Name of the row that the others are held against."""
        return self.baseline or self.recipes[0].name

    def labels_of(self, row: RecipePart) -> tuple[int, ...]:
        """Label counts of a row."""
        return self.labels if row.labels is None else row.labels

    def draws_of(self, row: RecipePart) -> tuple[Draw, ...]:
        """Draws of a row."""
        return self.draws if row.draws is None else row.draws

    def recipe_of(self, row: RecipePart, settings: Settings = ()) -> Recipe:
        """Give the recipe of a row's students, with `settings` (what was tuned) on top.

        Raises
        ------
        RecipeError
            If there is no such recipe, or a setting does not exist or cannot be.
        """
        recipe = with_settings(load_recipe(row.recipe), (*self.set, *self.student.set, *row.set, *settings))
        if self.teachers.count is not None and recipe.teacher.source == "ensemble":
            recipe = with_settings(recipe, [f"teacher.count={self.teachers.count}"])
        return recipe

    def teacher_recipe_of(self, recipe: Recipe) -> Recipe:
        """Give the recipe by which the teachers of `recipe` are trained.

        Raises
        ------
        RecipeError
            If a setting of the teachers does not exist or cannot be.
        """
        settings = [*self.set, *recipe.teacher_settings, *self.teachers.set]
        if self.teachers.steps is not None:
            settings.append(f"training.steps={self.teachers.steps}")
        return with_settings(load_recipe(recipe.teacher.recipe), settings)


def load_study(path: Path) -> Study:
    """Read a study file and check that every recipe, setting and search in it can be.

    Raises
    ------
    RecipeError
        If it cannot be read, or names a key, recipe or setting that does not exist; its path is in the message.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"Cannot read the study file {path}: {error}. Give a TOML text file.") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"The study {path} is not valid TOML: {error}.") from error
    return study_from_values(values, where=path.name, folder=path.parent)


def study_from_values(values: dict[str, Any], *, where: str, folder: Path) -> Study:
    """Check plain values (as TOML gives them) and give the study; paths of recipe files start from `folder`.

    Raises
    ------
    RecipeError
        As `load_study`.
    """
    try:
        study = Study.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(_in_words(dict(problem)) for problem in error.errors())
        raise RecipeError(f"The study {where} cannot be used: {problems}.") from error
    rows = tuple(
        row.model_copy(update={"recipe": str(folder / row.recipe)}) if row.recipe.endswith(".toml") else row
        for row in study.recipes
    )
    study = study.model_copy(update={"recipes": rows})
    for row in rows:
        _check_row(study, row, where)
    return study


def as_setting(path: str, value: object) -> str:
    """Write a setting as ``with_settings`` reads it."""
    # Numbers, truth values, texts and lists of them look the same in JSON and in TOML.
    return f"{path}={json.dumps(value)}"


def _check_row(study: Study, row: RecipePart, where: str) -> None:
    """Resolve a row's recipe, its teacher's, and both ends of each search."""
    try:
        recipe = study.recipe_of(row)
        if recipe.teacher.count and not study.teachers.runs:
            study.teacher_recipe_of(recipe)
        for path, search in row.search.items():
            if any(path == fixed or path.startswith(f"{fixed}.") for fixed in _FIXED):
                raise RecipeError(f"{path} cannot be searched: it must be the same in all trials.")
            for value in search.ends:
                study.recipe_of(row, (as_setting(path, value),))
    except RecipeError as error:
        raise RecipeError(f"The study {where} cannot be used, in its recipe {row.name}: {error}") from error


def _refuse_twice(what: str, given: list[Any]) -> None:
    twice = sorted({str(value) for value in given if given.count(value) > 1})
    if twice:
        raise ValueError(f"{what} stand twice: {', '.join(twice)}")


def _in_words(problem: dict[str, Any]) -> str:
    loc = problem["loc"]
    path = ".".join(str(step) for step in loc)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        if "search" in loc and isinstance(problem["input"], dict):
            return f'{path}: write the whole path of a setting in quotes, "terms.0.weight" = {{ range = [0.1, 10.0] }}'
        return f"{path} is not a key (allowed here: {', '.join(_allowed(loc[:-1]))})"
    if problem["type"] in ("value_error", "missing"):
        return f"{path}: {message}" if path else message
    return f"{path}: {message}, found {problem['input']!r}"


_PARTS: dict[str, type[BaseModel]] = {
    "recipes": RecipePart,
    "search": SearchPart,
    "student": StudentPart,
    "teachers": TeachersPart,
    "tuning": TuningPart,
}


def _allowed(steps: tuple[str | int, ...]) -> list[str]:
    parts = [_PARTS[step] for step in steps if isinstance(step, str) and step in _PARTS]
    return sorted((parts[-1] if parts else Study).model_fields)
