"""Tests of napari_kdland.recipes.study."""

import tomllib
from pathlib import Path

import pytest
import tomli_w

from napari_kdland.errors import RecipeError
from napari_kdland.recipes import load_recipe
from napari_kdland.recipes.study import SearchPart, Study, as_setting, load_study, study_from_values

PLAIN = """
name = "chest"
labels = [5, 10]

[student]
set = ["training.steps=40"]

[teachers]
steps = 30

[tuning]
trials = 4

[[recipes]]
recipe = "supervised"

[[recipes]]
recipe = "kd"
name = "kd-strong"
set = ["terms.0.weight=2.0"]
[recipes.search]
"training.learning_rate" = { range = [1e-4, 1e-2], log = true }
"""


def a_study(text: str = PLAIN, folder: Path = Path()) -> Study:
    return study_from_values(tomllib.loads(text), where="chest.toml", folder=folder)


def test_a_study_names_its_rows_after_their_recipes_and_the_first_is_the_baseline():
    study = a_study()

    assert [row.name for row in study.recipes] == ["supervised", "kd-strong"]
    assert study.baseline_name == "supervised"
    assert study.split == "test"


def test_a_rows_recipe_has_the_common_settings_its_own_and_the_tuned_ones():
    study = a_study()

    recipe = study.recipe_of(study.row("kd-strong"), ("training.learning_rate=0.003",))

    assert recipe.name == "kd"
    assert recipe.training.steps == 40
    assert recipe.terms[0].weight == 2.0
    assert recipe.training.learning_rate == 0.003


def test_teachers_are_trained_as_their_recipe_says_and_the_study_after_it():
    study = a_study()

    recipe = study.teacher_recipe_of(study.recipe_of(study.row("kd-strong")))

    assert recipe.name == "supervised"
    assert recipe.student.backbone == "teacher"
    assert recipe.training.steps == 30


def test_a_teacher_sees_the_channels_that_the_recipe_shows_it():
    recipe = a_study().recipe_of(a_study().row("kd-strong"), ('teacher.channels=["standard", "bone"]',))

    assert a_study().teacher_recipe_of(recipe).input.channels == ("standard", "bone")


def test_the_size_of_ensembles_is_the_studys():
    text = PLAIN.replace("steps = 30", "steps = 30\ncount = 5") + '[[recipes]]\nrecipe = "ensemble-kd"'
    study = a_study(text)

    assert [study.recipe_of(row).teacher.count for row in study.recipes] == [0, 1, 5]


def test_a_row_may_have_label_counts_and_draws_of_its_own():
    study = a_study(PLAIN + '[[recipes]]\nrecipe = "fpd"\nlabels = [3]\ndraws = [7, "label_rank"]')

    assert study.labels_of(study.row("supervised")) == (5, 10)
    assert study.draws_of(study.row("supervised")) == ("label_rank",)
    assert study.labels_of(study.row("fpd")) == (3,)
    assert study.draws_of(study.row("fpd")) == (7, "label_rank")


def test_a_recipe_file_is_looked_for_beside_the_study(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(tomli_w.dumps(load_recipe("kd").model_dump(mode="json")))
    (tmp_path / "study.toml").write_text('name = "s"\nlabels = [2]\n[[recipes]]\nrecipe = "mine.toml"')

    study = load_study(tmp_path / "study.toml")

    assert study.recipes[0].name == "mine"
    assert study.recipe_of(study.recipes[0]).name == "kd"


def test_a_study_survives_toml():
    study = a_study()

    text = tomli_w.dumps(study.model_dump(mode="json", exclude_none=True))

    assert a_study(text) == study


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trials = 4", "trails = 4", r"tuning.trails is not a key \(allowed here: draw, labels, seed, trials\)"),
        (
            'name = "chest"',
            'title = "chest"',
            r"name: Field required; title is not a key \(allowed here: baseline, draws",
        ),
        ("labels = [5, 10]", "labels = []", "labels: .*at least 1 item"),
        ("labels = [5, 10]", "labels = [5, 0]", r"labels.1: .*greater than or equal to 1, found 0"),
        ("labels = [5, 10]", "labels = [5, 5]", "labels stand twice: 5"),
        ("labels = [5, 10]", 'labels = [5]\nbaseline = "kd"', "baseline 'kd' is none of the recipes: supervised, kd-s"),
        ("[tuning]\ntrials = 4", "", r"kd-strong has a search, but there is no \[tuning\]"),
        ('"training.learning_rate" = { range = [1e-4, 1e-2], log = true }', "", "no recipe has a search"),
        ("[1e-4, 1e-2]", "[1e-2, 1e-4]", r"range \[0.01, 0.0001\] is empty"),
        ("[1e-4, 1e-2]", "[0, 1]", "log = true wants a range above 0"),
        ("range = [1e-4, 1e-2], log", "log", "give either choices = .* or range = "),
        ('"training.learning_rate"', "training.learning_rate", "write the whole path of a setting in quotes"),
        ("training.learning_rate", "training.learning_rat", r"recipe kd-strong: .*training.learning_rat is not a key"),
        ("training.learning_rate", "terms.4.weight", r"recipe kd-strong: .*leads nowhere at '4'"),
        ("training.learning_rate", "training.steps", "training.steps cannot be searched"),
        ("training.learning_rate", "teacher.count", "teacher.count cannot be searched"),
        ("[1e-4, 1e-2]", "[1e-4, 1e-2, 1]", "range"),
        ("terms.0.weight", "terms.0.heft", r"recipe kd-strong: .*terms.0.heft is not a key"),
        ("steps = 30", 'set = ["training.stepz=3"]', r"recipe kd-strong: .*training.stepz is not a key"),
        ('recipe = "kd"', 'recipe = "kdd"', "recipe kd-strong: There is no ready-made recipe 'kdd'"),
        ('name = "kd-strong"', 'name = "supervised"', "names of recipes stand twice: supervised"),
    ],
)
def test_a_study_that_cannot_be_is_answered_in_words(old: str, new: str, message: str):
    assert old in PLAIN

    with pytest.raises(RecipeError, match=f"The study chest.toml cannot be used.*{message}"):
        a_study(PLAIN.replace(old, new))


def test_files_that_are_no_study_are_said(tmp_path: Path):
    (tmp_path / "bad.toml").write_text("name: chest")

    with pytest.raises(RecipeError, match=r"Cannot read the study file .*none.toml"):
        load_study(tmp_path / "none.toml")
    with pytest.raises(RecipeError, match=r"bad.toml is not valid TOML"):
        load_study(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("search", "value", "is_held"),
    [
        ({"range": (1, 4)}, 4, True),
        ({"range": (1, 4)}, 5, False),
        ({"range": (0.1, 4.0)}, "2", False),
        ({"choices": ("none", "confidence")}, "none", True),
        ({"choices": (1, 2)}, True, False),
    ],
)
def test_a_search_knows_which_values_it_holds(search: dict, value: object, is_held: bool):
    assert SearchPart(**search).holds(value) == is_held


@pytest.mark.parametrize("value", [True, 3, 1e-05, "weak-strong", ["standard", "bone"]])
def test_values_survive_being_written_as_settings(value: object):
    path, _, text = as_setting("a.b", value).partition("=")

    assert path == "a.b"
    assert tomllib.loads(f"x = {text}")["x"] == value
