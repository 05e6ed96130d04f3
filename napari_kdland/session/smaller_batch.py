"""The training that ran out of memory, once more with half the images a step and as many images in all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.recipes.shelf import recipe_from_values

if TYPE_CHECKING:
    from napari_kdland.jobs import TrainingOrder
    from napari_kdland.project import Project
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.model import TrainingPart
    from napari_kdland.session.training_requests import TrainingRequest


def with_half_the_batch(project: Project, request: TrainingRequest) -> TrainingOrder:
    """Give the order of a training again, as a new run with half the batch.

    Parameters
    ----------
    project
        In which it trained.
    request
        What was asked for; of a run that was gone on with, the project knows labels, seed and teachers.

    Raises
    ------
    RunError
        If the run that was gone on with is not there any more.
    UsageError
        If a step has one image already.
    """
    order = request.order
    if request.resumes:
        run = project.runs.get(request.resumes)
        order = replace(order, labels=run.labels, seed=run.seed, teachers=run.teachers, start=run.start)
    return replace(order, recipe=halved(order.recipe), name=None)


def halved(recipe: Recipe) -> Recipe:
    """Give a recipe with half the images a step, and so many more steps that it sees as many images in all.

    Raises
    ------
    UsageError
        If a step has one image of each kind already.
    """
    training = recipe.training
    labelled, unlabelled = (max(min(1, n), n // 2) for n in (training.labelled_batch, training.unlabelled_batch))
    before, after = training.labelled_batch + training.unlabelled_batch, labelled + unlabelled
    if before == after:
        raise UsageError("A step has one image already. Lower input.size, or take a smaller backbone.")
    plain = recipe.model_dump(mode="json")
    # Rounded up: a step more, rather than an image less.
    plain["training"] |= {
        "labelled_batch": labelled,
        "unlabelled_batch": unlabelled,
        "steps": -(-training.steps * before // after),
    }
    return recipe_from_values(plain, where=recipe.name)


def in_words(before: Recipe, after: Recipe) -> str:
    """Tell what is another: images a step, and steps."""
    old, new = before.training, after.training
    return (
        f"{_batch(new)} images a step in place of {_batch(old)}, and {new.steps} steps in place of {old.steps}, so "
        "that as many images are seen in all"
    )


def _batch(training: TrainingPart) -> str:
    return " + ".join(map(str, filter(None, (training.labelled_batch, training.unlabelled_batch))))
