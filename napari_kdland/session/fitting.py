"""Which runs fit a recipe, as teachers or to begin with, and what a project has that a recipe can learn from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.errors import KdlandError
from napari_kdland.recipes import load_recipe, with_settings

if TYPE_CHECKING:
    from napari_kdland.anatomy import Scheme
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.recipes import Recipe


@dataclass(frozen=True)
class Finished:
    """A finished run with the recipe that it was trained by."""

    run: RunRecord
    recipe: Recipe


@dataclass(frozen=True)
class Labels:
    """How many images there are to learn from.

    Parameters
    ----------
    train, val
        Labelled images of these splits; with landmarks, masks or either, as the recipe learns them.
    unlabelled
        Images of train and pool without labels.
    """

    train: int = 0
    val: int = 0
    unlabelled: int = 0


class Stock:
    """What a project has to train with; reads it once, so that it can be asked at every change of a form.

    Parameters
    ----------
    project
        The open project.
    """

    def __init__(self, project: Project) -> None:
        splits = ("train", "val")
        self.scheme = project.scheme
        self.channels = project.channels.names()
        self._landmarks = {split: set(project.annotations.labelled_ids(split)) for split in splits}
        self._masks = {split: set(project.masks.labelled_ids(split)) for split in splits}
        self._n_images = project.records.count(split="train") + project.records.count(split="pool")
        self.finished = tuple(sorted(_finished(project), key=_worth))

    def labels(self, recipe: Recipe) -> Labels:
        """Count what a recipe learns from."""
        train, val = (
            (self._landmarks[split] if recipe.heads.landmarks else set())
            | (self._masks[split] if recipe.heads.regions else set())
            for split in ("train", "val")
        )
        return Labels(len(train), len(val), self._n_images - len(train))

    def teachers(self, recipe: Recipe) -> list[Finished]:
        """Give the runs that can teach, the best first."""
        return [each for each in self.finished if _can_teach(each.recipe, recipe)]

    def starts(self, recipe: Recipe) -> list[Finished]:
        """Give the runs whose weights a training can begin with, the best first."""
        return [each for each in self.finished if _is_same_network(each.recipe, recipe)]

    def problem(self, recipe: Recipe, n_labels: int | None = None) -> str:
        """Say what the project lacks for a recipe; empty where it lacks nothing.

        `n_labels` is how many labelled images are used as such; all where it is not given.
        """
        heads, scheme = recipe.heads, self.scheme
        lost = [name for name in (*recipe.input.channels, *recipe.teacher.channels) if name not in self.channels]
        found = self.labels(recipe)
        n_unlabelled = found.unlabelled + found.train - (n_labels or found.train)
        for is_lacking, words in (
            (
                heads.landmarks and not scheme.landmark_names,
                f"The scheme {scheme.name} has no landmarks. Let the recipe learn regions only.",
            ),
            (
                heads.regions and not scheme.region_names,
                f"The scheme {scheme.name} has no regions. Let the recipe learn landmarks only.",
            ),
            (
                bool(lost),
                f"The images have no channel {lost[0] if lost else ''!r} (there are: {', '.join(self.channels)}). "
                "Import it in the Project panel, or change the channels in the recipe.",
            ),
            (not found.train, _no_labels(recipe)),
            (
                bool(recipe.training.unlabelled_batch) and not n_unlabelled,
                "The recipe learns from unlabelled images, too, and there are none. Use fewer labelled ones, or import "
                "images into the pool.",
            ),
        ):
            if is_lacking:
                return words
        return ""


def fitted(recipe: Recipe, scheme: Scheme) -> Recipe:
    """Give the recipe with the one head that the scheme has, where it has landmarks or regions only."""
    has_landmarks, has_regions = bool(scheme.landmark_names), bool(scheme.region_names)
    if has_landmarks or not has_regions or not recipe.heads.landmarks:
        return recipe
    return with_settings(recipe, ["heads.landmarks=false", "heads.regions=true"])


def teacher_recipe(recipe: Recipe) -> Recipe:
    """Give the recipe by which a teacher of this recipe is trained; it learns what the student is to learn of it.

    Raises
    ------
    RecipeError
        If the recipe's own settings for its teacher are not allowed.
    """
    return with_settings(load_recipe(recipe.teacher.recipe), recipe.teacher_settings)


def _finished(project: Project) -> list[Finished]:
    found = []
    for run in reversed(project.runs.all()):
        if run.status != "done":
            continue
        try:
            found.append(Finished(run, project.runs.recipe_of(run.name)))
        except KdlandError:  # trained by a version whose recipes cannot be read any more: nothing is known of it
            continue
    return found


def _worth(finished: Finished) -> tuple[float, float]:
    run = finished.run
    return math.inf if run.best_error_px is None else run.best_error_px, -(run.best_dice or 0.0)


def _can_teach(theirs: Recipe, recipe: Recipe) -> bool:
    wanted = recipe.teacher.channels or recipe.input.channels
    return (
        (theirs.heads.landmarks or not recipe.heads.landmarks)
        and (theirs.heads.regions or not recipe.heads.regions)
        and set(theirs.input.channels) == set(wanted)
        and (theirs.student.dropout > 0 or recipe.teacher.source != "dropout")
    )


def _is_same_network(theirs: Recipe, recipe: Recipe) -> bool:
    return (
        theirs.student.backbone == recipe.student.backbone
        and theirs.heads == recipe.heads
        and theirs.input.channels == recipe.input.channels
        and theirs.input.size == recipe.input.size
    )


def _no_labels(recipe: Recipe) -> str:
    if not recipe.heads.regions:
        return "No image of the train split has landmarks. Place some, or put annotated images into train."
    what = "region masks" if not recipe.heads.landmarks else "landmarks or region masks"
    return f"No image of the train split has {what}. Import some, or put labelled images into train."
