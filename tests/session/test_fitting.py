"""Which runs fit a recipe, and what a project has to learn from."""

import numpy as np
import pytest

from napari_kdland.anatomy import Scheme
from napari_kdland.anatomy.regions import Regions
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings
from napari_kdland.session.fitting import Labels, Stock, fitted, teacher_recipe
from tests import makers

REGIONS_ONLY = Scheme.model_validate({"name": "liver", "regions": [{"name": "liver", "bit": 1}]})


@pytest.fixture
def project(tmp_path):
    with Project.open(makers.a_project(tmp_path)) as project:
        yield project


def a_run(project, name, *settings, recipe="supervised", status="done", error=None):
    project.runs.create(name, recipe=with_settings(load_recipe(recipe), settings))
    project.runs.update(name, status=status, steps_done=4, best_error_px=error)


def names(found):
    return [each.run.name for each in found]


def test_finished_runs_can_teach_the_best_first_and_of_equals_the_newest(project):
    a_run(project, "good", error=3.0)
    a_run(project, "old")
    a_run(project, "best", error=2.0)
    a_run(project, "new")
    a_run(project, "half", status="stopped", error=1.0)

    assert names(Stock(project).teachers(load_recipe("kd"))) == ["best", "good", "new", "old"]


def test_a_recipe_for_unlabelled_images_wants_some_left(tmp_path):
    with Project.open(makers.a_project(tmp_path, pool=0, labelled=4)) as project:
        stock = Stock(project)

    assert "unlabelled" in stock.problem(load_recipe("mean-teacher"))
    assert stock.problem(load_recipe("mean-teacher"), n_labels=3) == ""
    assert stock.problem(load_recipe("supervised")) == ""


def test_a_teacher_that_is_asked_with_dropout_was_trained_with_dropout(project):
    a_run(project, "plain")
    a_run(project, "dropping", "student.dropout=0.2")

    assert names(Stock(project).teachers(load_recipe("uncertainty-guided"))) == ["dropping"]


def test_a_teacher_sees_the_channels_that_the_recipe_shows_it(project):
    a_run(project, "one")
    a_run(project, "two", 'input.channels=["standard","bone"]')
    recipe = with_settings(load_recipe("kd-net"), ['teacher.channels=["bone","standard"]'])

    assert names(Stock(project).teachers(recipe)) == ["two"]
    assert names(Stock(project).teachers(load_recipe("kd-net"))) == ["one"]


def test_a_teacher_knows_what_the_student_is_to_learn(project):
    a_run(project, "landmarks")
    a_run(project, "both", "heads.regions=true")

    assert names(Stock(project).teachers(with_settings(load_recipe("kd"), ["heads.regions=true"]))) == ["both"]
    assert names(Stock(project).teachers(load_recipe("kd"))) == ["both", "landmarks"]


@pytest.mark.parametrize("setting", ["student.backbone=tiny", "heads.regions=true", "input.size=128"])
def test_a_training_begins_with_a_run_of_the_same_network(project, setting):
    a_run(project, "same")
    a_run(project, "other", setting)

    assert names(Stock(project).starts(load_recipe("continued"))) == ["same"]


def test_labels_are_counted_by_what_the_recipe_learns(project):
    pool = project.records.page(0, -1, split="train")[-1]  # has no landmarks
    project.masks.save(pool.image_id, Regions((), np.zeros((0, *pool.size), bool)), reader="A")
    stock = Stock(project)

    assert stock.labels(load_recipe("supervised")) == Labels(3, 2, 3)


def test_what_the_scheme_lacks_is_said(project):
    problem = Stock(project).problem(with_settings(load_recipe("supervised"), ["heads.regions=true"]))

    assert "has no regions" in problem


def test_a_channel_that_no_image_has_is_named(project):
    problem = Stock(project).problem(with_settings(load_recipe("supervised"), ['input.channels=["bone"]']))

    assert "no channel 'bone' (there are: standard)" in problem


def test_a_scheme_of_regions_alone_turns_the_recipe_to_regions():
    recipe = fitted(load_recipe("supervised"), REGIONS_ONLY)

    assert (recipe.heads.landmarks, recipe.heads.regions) == (False, True)
    assert fitted(recipe, makers.a_scheme()) == recipe


def test_the_teachers_recipe_makes_a_run_that_fits(project):
    recipe = with_settings(
        load_recipe("uncertainty-guided"), ['teacher.channels=["standard","bone"]', "heads.regions=true"]
    )

    wanted = teacher_recipe(recipe)
    project.runs.create("made", recipe=wanted)
    project.runs.update("made", status="done")

    assert wanted.student.dropout > 0
    assert names(Stock(project).teachers(recipe)) == ["made"]
