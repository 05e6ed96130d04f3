"""What must hold before any run of a study is trained; each failing is one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland import menus
from napari_kdland.errors import AnnotationError, KdlandError, RecipeError, RunError, TrainingError
from napari_kdland.jobs.lineage import refuse_leaks, run_folder
from napari_kdland.recipes.study import as_setting

if TYPE_CHECKING:
    from napari_kdland.jobs.freezing import FrozenData
    from napari_kdland.jobs.studying.planning import Planner
    from napari_kdland.jobs.studying.subsets import Cell, Subsets
    from napari_kdland.project import Project
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.study import Study


def check_study(project: Project, study: Study) -> Study:
    """Check that the project has what a study wants of it; gives the study with the folders of foreign teachers.

    Raises
    ------
    AnnotationError
        If nothing can be measured on the study's split.
    TrainingError
        If settings are tuned and no validation image is labelled.
    RunError, TrainingError
        If a run that is named as teacher is missing, not done, of other landmarks, or knows the test images.
    """
    if not _has_labels(project, study, study.split):
        raise AnnotationError(
            f"The study {study.name} is measured on {study.split}, but no image of that split of {project.name} is "
            "labelled with what it learns. Annotate some, or import their labels."
        )
    if study.tuning is not None and not _has_labels(project, study, "val"):
        raise TrainingError(
            f"The study {study.name} tunes settings on val, but no image of that split of {project.name} is labelled "
            "with what it learns. Move some labelled images to val, or take the searches and [tuning] out of the study."
        )
    if not study.teachers.runs:
        return study
    _check_given_teachers(project, study)
    own = {run.name for run in project.runs.all()}
    runs = tuple(name if name in own else str(run_folder(project, name)) for name in study.teachers.runs)
    return study.model_copy(update={"teachers": study.teachers.model_copy(update={"runs": runs})})


def check_plan(project: Project, study: Study, planner: Planner, subsets: Subsets) -> None:
    """Check that each run has blocks that exist, and images to learn from.

    Raises
    ------
    RecipeError
        If a recipe names a backbone or a block that does not exist.
    TrainingError
        If labels, points of a landmark or unlabelled images are wanting.
    """
    wanted = [(step.recipe, step.cell) for step in planner.steps.values()]
    for row in study.recipes:
        cells = (*planner.cells(row), planner.trial_cell()) if row.search else planner.cells(row)
        wanted += [(study.recipe_of(row), cell) for cell in cells]
        for path, search in row.search.items():
            for value in search.ends:
                _check_blocks(study.recipe_of(row, (as_setting(path, value),)))
    for recipe, cell in wanted:
        _check_blocks(recipe)
        _check_data(project, recipe, cell, subsets.data(cell, recipe))


def what_is_unequal(study: Study) -> tuple[str, ...]:
    """Say in what the rows of a study are not compared alike: steps, images a step, trials."""
    notes = []
    costs = {row.name: _cost(study.recipe_of(row)) for row in study.recipes}
    usual = max(costs.values(), key=list(costs.values()).count)
    unusual = [f"{name} {_in_words(cost)}" for name, cost in costs.items() if cost != usual]
    if unusual:
        notes.append(f"Not compared at equal cost: {_in_words(usual)}, but {', '.join(unusual)}.")
    as_they_stand = [row.name for row in study.recipes if not row.search]
    if study.tuning is not None and as_they_stand:
        notes.append(f"Not tuned, but compared with recipes that are: {', '.join(as_they_stand)}.")
    return tuple(notes)


def _has_labels(project: Project, study: Study, split: str) -> bool:
    """Say whether each row finds something in a split to be judged by."""
    has_points = bool(project.annotations.labelled_ids(split=split))
    has_masks = bool(project.masks.labelled_ids(split=split))
    heads = [study.recipe_of(row).heads for row in study.recipes]
    return all((has_points and one.landmarks) or (has_masks and one.regions) for one in heads)


def _cost(recipe: Recipe) -> tuple[int, int]:
    part = recipe.training
    return part.steps * part.rounds, part.labelled_batch + part.unlabelled_batch


def _in_words(cost: tuple[int, int]) -> str:
    return f"{cost[0]} steps of {cost[1]} images"


def _check_data(project: Project, recipe: Recipe, cell: Cell, data: FrozenData) -> None:
    if recipe.heads.landmarks:
        _check_points(data, cell, project.scheme.landmark_names)
    if recipe.heads.regions and not any(image.mask for image in data.labelled):
        raise TrainingError(
            f"The recipe {recipe.name} learns regions, but none of the {cell.labels} labelled images ({cell.title}) "
            "has region masks. Use more labels, or import masks."
        )
    _check_channels(project, recipe, data)
    if recipe.training.unlabelled_batch and not data.unlabelled:
        raise TrainingError(
            f"The recipe {recipe.name} learns from unlabelled images, but with {cell.labels} labels {project.name} has "
            "none left. Import images into the pool, or use fewer labels."
        )


def _check_channels(project: Project, recipe: Recipe, data: FrozenData) -> None:
    trained = (*data.labelled, *data.unlabelled)
    for wanted, images in (
        (recipe.input.channels, (*trained, *data.validation)),
        (recipe.teacher.channels, trained),
    ):
        for name in set(wanted) - {project.scheme.default_channel}:
            n_without = sum(name not in image.channels for image in images)
            if n_without:
                raise TrainingError(
                    f"The recipe {recipe.name} wants the channel {name!r}, which {n_without} of the {len(images)} "
                    f"images of {project.name} that it would see do not have. Import it, or change input.channels and "
                    "teacher.channels."
                )


def _check_points(data: FrozenData, cell: Cell, names: tuple[str, ...]) -> None:
    seen = {
        name
        for image in data.labelled
        if image.landmarks is not None
        for name, state, _ in image.landmarks
        if state.has_point
    }
    never = [name for name in names if name not in seen]
    if never:
        raise TrainingError(
            f"None of the {cell.labels} labelled images ({cell.title}) has a point for {', '.join(never)}. Use more "
            "labels, or place it in one of them."
        )


def _check_blocks(recipe: Recipe) -> None:
    from napari_kdland.engine import distillation, networks

    named = [
        (networks.BACKBONES, recipe.student.backbone, "backbone"),
        (distillation.TARGETS, recipe.target.kind, "target"),
        (distillation.WEIGHTINGS, recipe.weighting.kind, "weighting"),
        (distillation.BASE_LOSSES, recipe.base.loss, "loss of heatmaps"),
        *((distillation.TERMS, term.loss, "loss term") for term in recipe.terms),
        *((distillation.SCHEDULES, term.schedule.kind, "schedule") for term in recipe.terms),
    ]
    if recipe.teacher.source != "none":
        named.append((distillation.TEACHERS, recipe.teacher.source, "teacher source"))
    if recipe.heads.regions:
        named.append((distillation.REGION_LOSSES, recipe.base.region_loss, "loss of region masks"))
    for menu, name, what in named:
        try:
            menus.choose(menu, name, what=what)
        except KdlandError as error:
            raise RecipeError(f"The recipe {recipe.name} cannot be used: {error}") from error


def _check_given_teachers(project: Project, study: Study) -> None:
    from napari_kdland.engine.preconditions import check_teachers

    folders = [run_folder(project, name) for name in study.teachers.runs]
    unfinished = [run.name for run in project.runs.all() if run.folder in folders and run.status != "done"]
    if unfinished:
        raise RunError(f"The teacher {unfinished[0]} is not trained to its end. Resume it first.")
    for row in study.recipes:
        recipe = study.recipe_of(row)
        count = recipe.teacher.count
        if count > len(folders):
            raise TrainingError(
                f"The recipe {row.name} wants {count} teachers, but the study names {len(folders)} under "
                "teachers.runs. Name more, or leave the key out and let the study train them."
            )
        if count:
            names = project.scheme.landmark_names
            check_teachers(folders[:count], recipe, names, tuple(region.name for region in project.scheme.regions))
    refuse_leaks(project, folders)
