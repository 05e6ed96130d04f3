"""What must hold before a training starts; each failing is said in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.engine.checkpoints import LoadedRun, RunFacts, load_run
from napari_kdland.errors import RunError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.engine.batches import TrainingData
    from napari_kdland.recipes import Recipe


def check_data(data: TrainingData, recipe: Recipe, landmarks: tuple[str, ...]) -> None:
    """Check that the data can teach what the recipe wants.

    Raises
    ------
    TrainingError
        If labels, a landmark's points, or unlabelled images are wanting, or sizes do not agree.
    """
    if data.n_landmarks != len(landmarks):
        raise TrainingError(f"The labels have {data.n_landmarks} landmarks, the scheme {len(landmarks)}.")
    if not len(data.labelled):
        raise TrainingError("There are no labelled images to train on. Annotate at least one image of the train split.")
    never = [name for name, column in zip(landmarks, data.weights.T, strict=True) if not (column > 0).any()]
    if never:
        raise TrainingError(
            f"No labelled image has a point for {', '.join(never)} ({len(data.labelled)} labelled images looked at). "
            "Place it in at least one image of the train split, or use a scheme without it."
        )
    if data.size != recipe.input.size:
        raise TrainingError(f"The images are {data.size} px wide, the recipe's input {recipe.input.size} px.")
    if recipe.training.unlabelled_batch and not len(data.unlabelled):
        raise TrainingError(
            f"The recipe {recipe.name} learns from {recipe.training.unlabelled_batch} unlabelled images a step, but "
            "there are none. Import images into the pool, or use fewer labels with --labels."
        )


def check_teachers(folders: Sequence[Path], recipe: Recipe, landmarks: tuple[str, ...]) -> list[LoadedRun]:
    """Read the teacher runs and check that the recipe can use them.

    Raises
    ------
    TrainingError
        If there are more or fewer than the recipe wants.
    RunError
        If one is missing, damaged, or was trained on other landmarks.
    """
    if len(folders) != recipe.teacher.count:
        raise TrainingError(
            f"The recipe {recipe.name} wants {recipe.teacher.count} teacher runs, found {len(folders)}. Train "
            "them with kdland train PROJECT --recipe supervised --set student.backbone=teacher, then name each with "
            "--teacher RUN."
        )
    runs = [load_run(folder) for folder in folders]
    for run in runs:
        if set(run.landmarks) != set(landmarks):
            raise RunError(
                f"The teacher {run.name} was trained on other landmarks: {', '.join(run.landmarks)}; this project has "
                f"{', '.join(landmarks)}. Choose a teacher of the same scheme."
            )
    return runs


def check_same_run(run: LoadedRun, facts: RunFacts) -> None:
    """Check that a run can be gone on with.

    Raises
    ------
    RunError
        If it was started from anything else; the message says what differs.
    """
    differing = [
        name
        for name in (
            "recipe",
            "landmarks",
            "seed",
            "n_labelled",
            "n_unlabelled",
            "n_validation",
            "teachers",
        )
        if getattr(run.facts, name) != getattr(facts, name)
    ]
    if differing:
        raise RunError(
            f"The run {run.name} cannot be resumed: {', '.join(differing)} changed since it was started. "
            "Put them back as run.toml has them, or start a new run."
        )
