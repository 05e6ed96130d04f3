"""Find among runs, or among the methods of a study, those that are another one with parts left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import RecipeError
from napari_kdland.evaluation.ablation import find_ablations, measure_ablation
from napari_kdland.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.evaluation import Comparison, Evaluation
    from napari_kdland.evaluation.ablation import MeasuredAblation
    from napari_kdland.project import Project
    from napari_kdland.recipes import Recipe


def ablations_of_runs(project: Project, comparison: Comparison) -> tuple[MeasuredAblation, ...]:
    """Measure the ablations among runs compared that were trained on the same number of labels."""
    if not comparison.names:
        return ()
    runs = {row.name: row.name for row in comparison.runs}
    return ablations_by_labels(project, runs, {row.name: [row.evaluation] for row in comparison.runs})


def ablations_by_labels(
    project: Project, drawn: Mapping[str, str], trained: Mapping[str, Sequence[Evaluation]]
) -> tuple[MeasuredAblation, ...]:
    """Measure the ablations among methods, as `ablations_of`, among those with the same number of labels each."""
    by_labels: dict[int | None, dict[str, str]] = {}
    for name, run in drawn.items():
        by_labels.setdefault(project.runs.get(run).labels, {})[name] = run
    return tuple(one for of in by_labels.values() for one in ablations_of(project, of, trained))


def ablations_of(
    project: Project, drawn: Mapping[str, str], trained: Mapping[str, Sequence[Evaluation]]
) -> tuple[MeasuredAblation, ...]:
    """Measure the ablations among methods.

    Parameters
    ----------
    drawn
        A run of each method, whose recipe is the method's.
    trained
        Evaluations of each method, one a training; methods without any are left out.
    """
    recipes = {name: recipe for name, run in drawn.items() if trained.get(name) and (recipe := _recipe(project, run))}
    return tuple(measure_ablation(one, trained) for one in find_ablations(recipes))


def _recipe(project: Project, run: str) -> Recipe | None:
    """Read a run's own recipe; `None` where it kept none, or one of another version."""
    try:
        return load_recipe(project.runs.get(run).folder / "recipe.toml")
    except RecipeError:
        return None
