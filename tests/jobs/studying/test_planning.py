"""Tests of napari_kdland.jobs.studying.planning."""

from pathlib import Path

import pytest

from napari_kdland.errors import RecipeError
from napari_kdland.jobs.studying.planning import Kind, Planner
from napari_kdland.jobs.studying.subsets import Cell, Subsets
from napari_kdland.project import Project
from napari_kdland.recipes.study import Study
from tests.jobs.studying.factories import a_study, with_teachers
from tests.makers import a_project, annotate, dots


def planned(folder: Path, study: Study) -> Planner:
    path = folder / "dots.kdland"
    with Project.open(path if path.exists() else a_project(folder, labelled=3)) as project:
        planner = Planner(study, Subsets(project))
        for row in study.recipes:
            for cell in planner.cells(row):
                planner.students(row, cell)
    return planner


def kinds(planner: Planner) -> dict[str, int]:
    return {kind: n for kind in Kind if (n := sum(step.kind is kind for step in planner.steps.values()))}


def test_teachers_are_planned_once_for_all_recipes_and_seeds_and_before_their_students(tmp_path: Path):
    planner = planned(tmp_path, a_study("supervised", "kd", "ensemble-kd"))

    steps = list(planner.steps.values())
    assert kinds(planner) == {Kind.TEACHER: 3, Kind.STUDENT: 6}
    assert all(need in list(planner.steps)[:place] for place, step in enumerate(steps) for need in step.needs)
    assert {step.teachers[0] for step in steps if step.teachers} == {steps[2].name}


def test_each_number_of_labels_and_each_draw_has_its_own_teachers(tmp_path: Path):
    text = 'name = "s"\nlabels = [2, 3]\ndraws = ["label_rank", 4]\nseeds = [0]\n'

    planner = planned(tmp_path, a_study("kd", text=text))

    teachers = [step for step in planner.steps.values() if step.kind is Kind.TEACHER]
    assert [step.cell for step in teachers] == [Cell(2), Cell(2, 4), Cell(3), Cell(3, 4)]
    assert [step.name.rsplit("-", 1)[0] for step in teachers][:2] == ["teacher-k2-s100", "teacher-k2-d4-s100"]


def test_teachers_that_are_trained_otherwise_are_other_teachers(tmp_path: Path):
    dropped = 'recipe = "kd"\nname = "dropped"\nset = [\'teacher.settings=["student.dropout=0.2"]\']'

    planner = planned(tmp_path, a_study("kd", dropped))

    assert kinds(planner) == {Kind.TEACHER: 2, Kind.STUDENT: 4}


def test_a_recipe_that_begins_with_a_trained_run_begins_with_the_supervised_one_of_its_seed(tmp_path: Path):
    planner = planned(tmp_path, a_study("supervised", "continued"))

    steps = {step.name.rsplit("-", 1)[0]: step for step in planner.steps.values()}
    assert list(steps) == ["supervised-k2-s0", "supervised-k2-s1", "continued-k2-s0", "continued-k2-s1"]
    assert steps["continued-k2-s1"].start == steps["supervised-k2-s1"].name


def test_the_run_that_another_begins_with_has_its_network(tmp_path: Path):
    row = 'recipe = "continued"\nset = ["student.backbone=light", "training.steps=9"]'

    planner = planned(tmp_path, a_study(row))

    first = next(iter(planner.steps.values()))
    assert (first.kind, first.recipe.student.backbone, first.recipe.training.steps) == (Kind.START, "light", 4)


def test_a_name_tells_what_a_run_depends_on(tmp_path: Path):
    plain = set(planned(tmp_path, a_study("kd")).steps)
    again = set(planned(tmp_path, a_study("kd")).steps)
    slower = set(planned(tmp_path, a_study('recipe = "kd"\nset = ["training.learning_rate=1e-4"]')).steps)
    with Project.open(tmp_path / "dots.kdland") as project:
        annotate(project, project.records.page(0, 1, split="train")[0].image_id, dots(77))
    relabelled = set(planned(tmp_path, a_study("kd")).steps)

    assert plain == again
    assert {name.split("-")[0] for name in plain & slower} == {"teacher"}
    assert not plain & relabelled


def test_students_of_other_teachers_are_other_students(tmp_path: Path):
    plain = planned(tmp_path, a_study("kd"))

    longer = planned(tmp_path, with_teachers(a_study("kd"), steps=9))

    assert not set(plain.steps) & set(longer.steps)


def test_words_about_a_recipe_do_not_make_it_another(tmp_path: Path):
    plain = planned(tmp_path, a_study("kd"))

    renamed = planned(tmp_path, a_study('recipe = "kd"\nset = [\'title="Other words"\']'))

    assert list(plain.steps) == list(renamed.steps)


def test_runs_that_the_study_names_teach_instead_of_new_ones(tmp_path: Path):
    planner = planned(tmp_path, with_teachers(a_study("kd", "supervised"), runs=("a", "b")))

    assert kinds(planner) == {Kind.STUDENT: 4}
    assert {step.teachers for step in planner.steps.values()} == {("a",), ()}


def test_a_recipe_whose_teachers_it_would_train_itself_is_refused(tmp_path: Path):
    of_its_own = ("teacher.recipe=kd", "teacher.settings=[]")
    study = with_teachers(a_study(f'recipe = "kd"\nset = {list(of_its_own)}'), set=of_its_own)

    with pytest.raises(RecipeError, match=r"wants teachers that are trained by kd.*no first one"):
        planned(tmp_path, study)


def test_a_setting_that_came_later_tells_runs_apart_where_it_is_made_use_of(tmp_path: Path):
    plain = planned(tmp_path, a_study("supervised"))
    levelled = planned(tmp_path, a_study('recipe = "supervised"\nset = [\'base.levels=["up-4"]\']'))

    assert plain.steps
    assert not plain.steps.keys() & levelled.steps.keys()
