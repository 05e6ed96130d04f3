"""Which runs teach a run, and which one it begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import RecipeError, RunError, TrainingError
from napari_kdland.jobs.freezing import FrozenData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.jobs.training import TrainingOrder
    from napari_kdland.project import Project


def teachers_of(project: Project, order: TrainingOrder) -> tuple[str, ...]:
    """Give the teachers as the project keeps them: its own runs by name, others by their folder.

    Raises
    ------
    RecipeError
        If there are more or fewer than the recipe wants.
    RunError
        If there is no such run.
    """
    wanted, given = order.recipe.teacher.count, order.teachers
    if len(given) != wanted:
        how = f"Train them with: kdland train {project.path} {order.recipe.teacher_command}"
        raise RecipeError(
            f"The recipe {order.recipe.name} needs {wanted} teacher runs, but {len(given)} were given. "
            + (how if wanted > len(given) else "Leave out the others.")
        )
    return tuple(_kept_name(project, name) for name in given)


def start_of(project: Project, order: TrainingOrder) -> str:
    """Give the run whose weights are the first ones, as the project keeps it; empty for fresh weights.

    Raises
    ------
    RecipeError
        If the recipe wants one and none is named, or the other way round.
    RunError
        If there is no such run.
    """
    wants_one = order.recipe.student.start == "trained"
    if wants_one and not order.start:
        raise RecipeError(
            f"The recipe {order.recipe.name} begins with a trained run's weights. Name the run with --start RUN."
        )
    if order.start and not wants_one:
        raise RecipeError(
            f"The recipe {order.recipe.name} begins with fresh weights, but the run {order.start} was named to start "
            'from. Leave it out, or set student.start = "trained".'
        )
    return _kept_name(project, order.start) if order.start else ""


def _kept_name(project: Project, name: str) -> str:
    folder = run_folder(project, name)
    return name if folder == project.layout.run_folder(name) else str(folder)


def run_folder(project: Project, name: str) -> Path:
    """Give the folder of a run of the project by its name, or of any run by its folder.

    Raises
    ------
    RunError
        If there is neither.
    """
    names = {run.name for run in project.runs.all()}
    if name in names:
        return project.runs.get(name).folder
    if (Path(name) / "run.toml").is_file():
        return Path(name).resolve()
    raise RunError(
        f"There is no run {name!r} in {project.name} (runs: {', '.join(sorted(names)) or 'none'}), and it is not the "
        "folder of a run either (it would hold a run.toml)."
    )


def refuse_leaks(project: Project, teachers: Sequence[Path]) -> None:
    """Refuse a teacher that has seen test images of this project: its student would be judged on what it was told.

    Raises
    ------
    TrainingError
        If one of the folders is of such a run.
    """
    test = {record.content_hash for record in project.records.page(0, -1, split="test")}
    for folder in teachers:
        if not (folder / "data.json").exists():
            continue
        seen = test.intersection(FrozenData.read(folder).hashes)
        if seen:
            raise TrainingError(
                f"The teacher {folder.name} was trained on {len(seen)} images that are in this project's test split. "
                "Figures of its student on test would be worthless; choose another teacher, or another split."
            )
