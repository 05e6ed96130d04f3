"""Walking a recipe's model to its leaves; no Qt here."""

import pytest

from napari_kdland.errors import RecipeError
from napari_kdland.gui.leaves import is_idle, leaves, with_values
from napari_kdland.recipes import load_recipe, ready_made_recipes


def leaf_at(recipe, *path):
    return next(leaf for leaf in leaves(recipe) if leaf.path == path)


@pytest.mark.parametrize("name", ready_made_recipes())
def test_every_value_of_every_recipe_is_a_leaf_with_its_description(name):
    recipe = load_recipe(name)

    found = leaves(recipe)

    assert all(leaf.tooltip for leaf in found)
    assert {leaf.path[0] for leaf in found} >= {"student", "teacher", "input", "augmentation", "training"}
    assert {leaf.kind for leaf in found} == {bool, int, float, str, tuple}


def flat(values, path=()):
    if isinstance(values, dict):
        return [each for key, value in values.items() for each in flat(value, (*path, key))]
    if isinstance(values, list | tuple) and values and isinstance(values[0], dict):
        return [each for index, value in enumerate(values) for each in flat(value, (*path, index))]
    return [path]


@pytest.mark.parametrize("name", ready_made_recipes())
def test_no_value_of_a_recipe_is_left_out(name):
    recipe = load_recipe(name)
    about = {"name", "title", "summary", "cites", "departs", *([] if recipe.terms else ["terms"])}

    found = [leaf.path for leaf in leaves(recipe)]

    assert sorted(found, key=str) == sorted(flat(recipe.model_dump(exclude=about)), key=str)


def test_lists_know_what_they_hold_and_how_people_write_them():
    recipe = load_recipe("kd")

    angles, taps = leaf_at(recipe, "teacher", "rotations_deg"), leaf_at(recipe, "terms", 0, "taps")
    settings = leaf_at(recipe, "teacher", "settings")

    assert (angles.kind, angles.entry, angles.separator) == (tuple, float, ",")
    assert (taps.kind, taps.entry, taps.separator) == (tuple, str, ",")
    assert (settings.entry, settings.separator) == (str, "\n")


@pytest.mark.parametrize("name", ready_made_recipes())
def test_putting_every_leaf_back_gives_the_same_recipe(name):
    recipe = load_recipe(name)

    again = with_values(recipe, {leaf.path: leaf.value for leaf in leaves(recipe)})

    assert again == recipe


def test_names_of_blocks_are_chosen_from_the_menus():
    recipe = load_recipe("kd")

    assert "tiny" in dict(leaf_at(recipe, "student", "backbone").choices)
    assert "spatial-kl" in dict(leaf_at(recipe, "terms", 0, "loss").choices)
    assert "sigmoid-ramp" in dict(leaf_at(recipe, "terms", 0, "schedule", "kind").choices)
    assert "adaptive-wing" in dict(leaf_at(recipe, "base", "loss").choices)
    assert "focal-dice" in dict(leaf_at(recipe, "base", "region_loss").choices)
    assert dict(leaf_at(recipe, "teacher", "source").choices)["peer"] == "A second student, trained along."


def test_literals_are_choices():
    recipe = load_recipe("kd")

    assert dict(leaf_at(recipe, "training", "precision").choices) == {
        "auto": "auto",
        "float32": "float32",
        "bfloat16": "bfloat16",
    }


def test_limits_come_from_the_model():
    assert dict(leaf_at(load_recipe("kd"), "input", "size").limits) == {"ge": 64, "le": 2048, "multiple_of": 32}


def test_titles_and_groups_are_words_with_units():
    leaf = leaf_at(load_recipe("kd"), "terms", 0, "schedule", "ramp")

    assert (leaf.title, leaf.group) == ("Ramp", "Term 1, schedule")
    assert leaf_at(load_recipe("kd"), "views", "strong", "cutout").group == "Views, strong"
    assert leaf_at(load_recipe("kd"), "input", "sigma_px").title == "Sigma (px)"


@pytest.mark.parametrize(
    ("name", "path", "idle"),
    [
        ("supervised", ("weighting", "kind"), True),
        ("supervised", ("augmentation", "noise"), False),
        ("kd", ("weighting", "kind"), False),
        ("kd", ("views", "weak", "noise"), True),
        ("kd", ("decoding", "kind"), False),
        ("emkd-kits19", ("decoding", "kind"), True),
        ("mean-teacher", ("views", "strong", "noise"), False),
    ],
)
def test_values_that_nobody_would_read_are_idle(name, path, idle):
    assert is_idle(path, load_recipe(name)) is idle


def test_a_value_that_is_not_allowed_is_refused_with_its_path():
    with pytest.raises(RecipeError, match=r"training\.steps"):
        with_values(load_recipe("kd"), {("training", "steps"): 0})
