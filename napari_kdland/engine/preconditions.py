"""What must hold before a training starts; each failing is said in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.engine.checkpoints import LoadedRun, RunFacts, load_run
from napari_kdland.errors import RunError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.engine.training_data import TrainingData
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
    if never and recipe.heads.landmarks:
        raise TrainingError(
            f"No labelled image has a point for {', '.join(never)} ({len(data.labelled)} labelled images looked at). "
            "Place it in at least one image of the train split, or use a scheme without it."
        )
    if data.size != recipe.input.size:
        raise TrainingError(f"The images are {data.size} px wide, the recipe's input {recipe.input.size} px.")
    _check_channels(data, recipe)
    _check_masks(data, recipe)
    if recipe.training.unlabelled_batch and not len(data.unlabelled):
        raise TrainingError(
            f"The recipe {recipe.name} learns from {recipe.training.unlabelled_batch} unlabelled images a step, but "
            "there are none. Import images into the pool, or use fewer labels with --labels."
        )


def _check_channels(data: TrainingData, recipe: Recipe) -> None:
    wanted = (*recipe.input.channels, *recipe.teacher.channels)
    unknown = [name for name in wanted if name not in data.channels]
    if unknown:
        raise TrainingError(
            f"The recipe {recipe.name} names the channel {unknown[0]!r}, which the images do not have (they have: "
            f"{', '.join(name or 'their own' for name in data.channels)}). Import it, or change input.channels and "
            "teacher.channels."
        )
    for names, rows in (
        (recipe.input.channels, (*data.labelled, *data.unlabelled, *data.validation)),
        (recipe.teacher.channels, (*data.labelled, *data.unlabelled)),
    ):
        if not names:
            continue
        planes = data.planes_of(np.array(rows, dtype=np.int64), data.channel_places(names))
        n_without = int((planes < 0).any(axis=1).sum())
        if n_without:
            raise TrainingError(
                f"{n_without} of {len(rows)} images lack one of the channels {', '.join(names)} that the recipe "
                f"{recipe.name} wants. Import them, or take these images out of the splits that it trains on."
            )


def _check_masks(data: TrainingData, recipe: Recipe) -> None:
    if not recipe.heads.regions:
        return
    if data.masks is None or not (data.masks.labelled >= 0).any():
        raise TrainingError(
            f"The recipe {recipe.name} learns region masks, but no labelled image has one. Import some with --masks, "
            "or set heads.regions = false."
        )


def check_start(
    folder: Path | None, recipe: Recipe, landmarks: tuple[str, ...], regions: tuple[str, ...] = ()
) -> LoadedRun | None:
    """Read the run whose weights a recipe begins with.

    Raises
    ------
    TrainingError
        If there is one and the recipe begins afresh, or there is none and it wants one.
    RunError
        If it is missing, damaged, of another network, or says its landmarks or regions in another order.
    """
    if (folder is None) != (recipe.student.start == "fresh"):
        wants = "begins with fresh weights" if folder else "begins with a trained run's weights, and none was named"
        raise TrainingError(
            f'The recipe {recipe.name} {wants}. Name the run with --start RUN where student.start is "trained", '
            "and only there."
        )
    if folder is None:
        return None
    run = load_run(folder)
    for what, mine, theirs in (
        ("backbone", recipe.student.backbone, run.recipe.student.backbone),
        ("heads", recipe.heads, run.recipe.heads),
        ("channels", recipe.input.channels, run.recipe.input.channels),
        ("input size", recipe.input.size, run.size),
        ("order of landmarks", landmarks if recipe.heads.landmarks else run.landmarks, run.landmarks),
        ("order of regions", regions if recipe.heads.regions else (), run.facts.regions),
    ):
        if mine != theirs:
            raise RunError(
                f"The training cannot begin with {run.name}: its {what} is {theirs}, the recipe's {mine}. Name a run "
                "of the same network."
            )
    return run


def check_teachers(
    folders: Sequence[Path], recipe: Recipe, landmarks: tuple[str, ...], regions: tuple[str, ...] = ()
) -> list[LoadedRun]:
    """Read the teacher runs and check that the recipe can use them.

    Raises
    ------
    TrainingError
        If there are more or fewer than the recipe wants.
    RunError
        If one is missing, damaged, was trained on other landmarks, regions or channels, or has no dropout to draw.
    """
    if len(folders) != recipe.teacher.count:
        raise TrainingError(
            f"The recipe {recipe.name} wants {recipe.teacher.count} teacher runs, found {len(folders)}. Train "
            f"them with kdland train PROJECT {recipe.teacher_command}, then name each with --teacher RUN."
        )
    runs = [load_run(folder) for folder in folders]
    for run in runs:
        if recipe.heads.landmarks and not (run.recipe.heads.landmarks and set(run.landmarks) == set(landmarks)):
            raise RunError(
                f"The teacher {run.name} was trained on other landmarks: {', '.join(run.landmarks)}; this project has "
                f"{', '.join(landmarks)}. Choose a teacher of the same scheme."
            )
        _check_teacher_fits(run, recipe, regions)
    return runs


def _check_teacher_fits(run: LoadedRun, recipe: Recipe, regions: tuple[str, ...]) -> None:
    if recipe.heads.regions and set(run.facts.regions) != set(regions):
        raise RunError(
            f"The teacher {run.name} knows the regions {', '.join(run.facts.regions) or 'none'}, the recipe "
            f"{recipe.name} wants {', '.join(regions)}. Choose a teacher that was trained on these."
        )
    wanted = recipe.teacher.channels or recipe.input.channels
    if set(run.recipe.input.channels) != set(wanted):
        raise RunError(
            f"The teacher {run.name} sees {_named(run.recipe.input.channels)}, the recipe {recipe.name} shows it "
            f"{_named(wanted)}. Choose another teacher, or change teacher.channels."
        )
    if recipe.teacher.source == "dropout" and not run.recipe.student.dropout:
        raise RunError(
            f"The teacher {run.name} was trained without dropout, so all its passes would say the same. Train it with "
            "--set student.dropout=0.2."
        )


def _named(channels: Sequence[str]) -> str:
    return f"the channels {', '.join(channels)}" if channels else "the image's own channel"


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
            "regions",
        )
        if getattr(run.facts, name) != getattr(facts, name)
    ]
    # Runs of older versions do not say what their teachers' weights were.
    if run.facts.lineage and run.facts.lineage != facts.lineage:
        differing.append("the weights of teachers or start")
    if differing:
        raise RunError(
            f"The run {run.name} cannot be resumed: {', '.join(differing)} changed since it was started. "
            "Put them back as run.toml has them, or start a new run."
        )
