"""Tests of napari_kdland.jobs.ablating."""

from types import SimpleNamespace

import pytest
import tomli_w

from napari_kdland.evaluation.comparison import compare_evaluations
from napari_kdland.jobs.ablating import ablations_of, ablations_of_runs
from tests.evaluation.test_ablation import the_parts, trained


@pytest.fixture
def project(tmp_path):
    """Stands for a project whose runs are called after their recipes."""
    records = {}
    for name, recipe in the_parts().items():
        folder = tmp_path / name
        folder.mkdir()
        values = recipe.model_dump(mode="json", exclude_none=True)
        (folder / "recipe.toml").write_text(tomli_w.dumps(values), encoding="utf-8")
        records[name] = SimpleNamespace(folder=folder, labels=10)
    return SimpleNamespace(runs=records)


def a_comparison(*names):
    return compare_evaluations({name: of[0] for name, of in trained(dict.fromkeys(names, 4.0), n_seeds=1).items()})


def test_runs_are_told_apart_by_the_recipes_that_they_keep(project):
    (found,) = ablations_of_runs(project, a_comparison("kd", "composite", "unweighted"))

    assert found.ablation.full == "composite"
    assert set(found.tests) == {"kd", "unweighted"}


def test_runs_on_other_labels_belong_to_no_ablation(project):
    project.runs["unweighted"].labels = 25

    assert ablations_of_runs(project, a_comparison("composite", "unweighted")) == ()


def test_a_run_that_kept_no_recipe_is_left_out(project):
    (project.runs["kd"].folder / "recipe.toml").unlink()

    (found,) = ablations_of_runs(project, a_comparison("kd", "composite", "unweighted"))

    assert set(found.tests) == {"unweighted"}


def test_a_method_without_a_finished_run_is_left_out(project):
    drawn = {name: name for name in ("composite", "unweighted", "kd")}
    evaluated = trained(dict.fromkeys(("composite", "unweighted"), 4.0)) | {"kd": []}

    (found,) = ablations_of(project, drawn, evaluated)

    assert found.n_seeds == {"composite": 2, "unweighted": 2}
