"""Choosing the runs that teach."""

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_kdland.gui.teacher_choice import TeacherChoice
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings
from napari_kdland.session.fitting import Stock
from tests import makers

pytestmark = pytest.mark.gui


@pytest.fixture
def project(tmp_path):
    with Project.open(makers.a_project(tmp_path)) as project:
        yield project


@pytest.fixture
def choice(qtbot):
    choice = TeacherChoice()
    qtbot.addWidget(choice)
    return choice


def a_run(project, name, *settings, **found):
    project.runs.create(name, recipe=with_settings(load_recipe("supervised"), settings))
    project.runs.update(name, status="done", **found)


def listed(box):
    return [box.itemText(place) for place in range(box.count()) if box.itemData(place)]


def test_each_teacher_has_a_box_and_another_run(choice, project):
    for name in ("a", "b", "c", "d"):
        a_run(project, name)

    choice.ask_for(load_recipe("ensemble-kd"), Stock(project))

    assert choice.names == ("d", "c", "b")
    assert choice.problem() == ""


def test_a_box_with_nothing_to_choose_says_so(choice, project):
    a_run(project, "only")

    choice.ask_for(load_recipe("ensemble-kd"), Stock(project))

    assert choice.names == ("only", "", "")
    assert "1 of 1 finished runs fit" in choice.problem()


def test_the_same_run_twice_is_no_ensemble(choice, project):
    for name in ("a", "b", "c"):
        a_run(project, name)
    choice.ask_for(load_recipe("ensemble-kd"), Stock(project))

    choice.teachers[1].setCurrentIndex(choice.teachers[0].currentIndex())

    assert "same run" in choice.problem()


def test_a_run_is_listed_with_its_error_and_its_dice(choice, project):
    a_run(project, "big", best_error_px=12.34, best_dice=0.912)

    choice.ask_for(load_recipe("kd"), Stock(project))

    assert listed(choice.teachers[0]) == ["big  (12.3 px, Dice 91.2 %)"]


def test_what_was_chosen_stays_where_it_still_fits(choice, project):
    for name in ("a", "b"):
        a_run(project, name)
    choice.ask_for(load_recipe("kd"), Stock(project))
    choice.teachers[0].setCurrentIndex(2)
    assert choice.names == ("a",)
    a_run(project, "c")

    choice.ask_for(load_recipe("kd"), Stock(project))

    assert choice.names == ("a",)


def test_a_run_that_does_not_fit_any_more_is_let_go(choice, project):
    a_run(project, "plain")
    choice.ask_for(load_recipe("kd"), Stock(project))

    choice.ask_for(load_recipe("uncertainty-guided"), Stock(project))

    assert choice.names == ("",)
    assert "trained with dropout" in choice.problem()


def test_a_recipe_that_goes_on_asks_for_the_run_to_begin_with(choice, project):
    a_run(project, "first")
    a_run(project, "other", "student.backbone=tiny")

    choice.ask_for(load_recipe("continued"), Stock(project))

    assert choice.teachers == []
    assert choice.start == "first"


def test_a_recipe_without_teachers_asks_for_nothing(choice, project):
    choice.ask_for(load_recipe("ensemble-kd"), Stock(project))

    choice.ask_for(load_recipe("supervised"), Stock(project))

    assert (choice.teachers, choice.start, choice.problem()) == ([], "", "")
    assert choice.how_section.isHidden()


def test_how_to_train_a_teacher_is_told_as_a_command(choice, project):
    choice.ask_for(load_recipe("uncertainty-guided"), Stock(project))

    assert load_recipe("uncertainty-guided").teacher_command in choice._how.text()


def test_a_run_of_another_project_is_chosen_by_its_folder(choice, project, tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere" / "big"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    choice.ask_for(load_recipe("kd"), Stock(project))
    box = choice.teachers[0]

    box._on_activated(box.count() - 1)
    choice.ask_for(load_recipe("kd"), Stock(project))

    assert choice.names == (str(folder),)
    assert listed(box) == ["big"]
