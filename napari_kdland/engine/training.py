"""Training one network: its rounds, what it is about, and what it came to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_kdland.engine import devices
from napari_kdland.engine.checkpoints import LAST_FILE
from napari_kdland.engine.loop import Loop, TrainingResult, TrainingSetup
from napari_kdland.errors import OutOfMemory

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.engine.training_data import TrainingData
    from napari_kdland.events import Job
    from napari_kdland.recipes import Recipe

__all__ = ["TrainingResult", "TrainingSetup", "train"]


def train(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    setup: TrainingSetup,
    *,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
) -> Job[TrainingResult]:
    """Train one network and keep the best of its averaged weights in `folder`.

    Parameters
    ----------
    data
        Images and labels.
    recipe
        How to train. A recipe of several rounds trains each but the last in a folder of its own, and lets its student
        teach the next.
    folder
        Of the run; gets run.toml, last.safetensors and best.safetensors.
    setup
        Names, teachers, first weights.
    seed
        Of first weights, order of images, augmentation and dropout.
    device
        auto, cpu, cuda, cuda:N or mps.
    resume
        Go on from the last checkpoint in `folder`. On a CPU the result is the same, to the bit, as without the break.

    Returns
    -------
    A generator of events. Closed early, it saves the last checkpoint and leaves the best one in place.

    Raises
    ------
    TrainingError
        If the data or the teachers do not suit the recipe, a checkpoint cannot be written, a loss is no longer finite
        (`NonFiniteLoss`) or memory runs out (`OutOfMemory`).
    RecipeError
        If the recipe names blocks that do not exist, or mirrors images of a scheme without pairs.
    RunError
        If a teacher, or the run to go on with, is missing, damaged, or has other landmarks.
    """
    last = recipe.training.rounds
    for number in range(1, last):
        part = _of_round(recipe, number)
        place = folder / f"round-{number}"
        # A finished one is read back as well, so that it is checked to be of this training.
        has_begun = resume and (place / LAST_FILE).exists()
        yield from _trained(data, part, place, setup, seed=seed + number, device=device, resume=has_begun)
        setup = replace(setup, teachers=(place,))
    resume = resume and (folder / LAST_FILE).exists()
    return (yield from _trained(data, _of_round(recipe, last), folder, setup, seed=seed, device=device, resume=resume))


def _of_round(recipe: Recipe, number: int) -> Recipe:
    """Give the recipe of one round: from the second on the teacher is the student before, whatever it was at first."""
    if recipe.training.rounds == 1:
        return recipe
    training = recipe.training.model_copy(update={"rounds": 1})
    teacher = recipe.teacher
    if number > 1:
        teacher = teacher.model_copy(update={"source": "frozen", "count": 1, "passes": 0, "channels": ()})
    return recipe.model_copy(update={"training": training, "teacher": teacher})


def _trained(
    data: TrainingData,
    recipe: Recipe,
    folder: Path,
    setup: TrainingSetup,
    *,
    seed: int,
    device: str,
    resume: bool,
) -> Job[TrainingResult]:
    with devices.denormals_flushed():
        loop = Loop(data, recipe, folder, setup, seed=seed, device=device)
        try:
            loop.prepare(resume=resume)
            return (yield from loop.run())
        except RuntimeError as error:
            if not devices.is_out_of_memory(error):
                raise
            raise OutOfMemory(loop.advice_on_memory()) from error
