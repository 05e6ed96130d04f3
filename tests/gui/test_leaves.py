"""Walking a recipe's model to its leaves; no Qt here."""

import pytest

from napari_kdland.errors import RecipeError
from napari_kdland.gui.leaves import leaves, with_values
from napari_kdland.recipes import load_recipe, ready_made_recipes


def leaf_at(recipe, *path):
    return next(leaf for leaf in leaves(recipe) if leaf.path == path)


@pytest.mark.parametrize("name", ready_made_recipes())
def test_every_value_of_every_recipe_is_a_leaf_with_its_description(name):
    recipe = load_recipe(name)

    found = leaves(recipe)

    assert all(leaf.tooltip for leaf in found)
    assert {leaf.path[0] for leaf in found} >= {"student", "teacher", "input", "augmentation", "training"}
    assert {leaf.kind for leaf in found} == {bool, int, float, str}


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

    assert (leaf.title, leaf.group) == ("Ramp", "Term 1 schedule")
    assert leaf_at(load_recipe("kd"), "input", "sigma_px").title == "Sigma (px)"


def test_a_value_that_is_not_allowed_is_refused_with_its_path():
    with pytest.raises(RecipeError, match=r"training\.steps"):
        with_values(load_recipe("kd"), {("training", "steps"): 0})
