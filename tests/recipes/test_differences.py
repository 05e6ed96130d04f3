"""In which settings recipes differ."""

import pytest

from napari_kdland.recipes import load_recipe, ready_made_recipes, with_settings
from napari_kdland.recipes.differences import settings_between


def test_a_recipe_differs_from_itself_in_nothing():
    recipe = load_recipe("kd")

    assert settings_between(recipe, recipe) == ()


def test_a_difference_is_named_as_it_can_be_set():
    base = load_recipe("kd")
    recipe = with_settings(base, ["training.steps=77", "terms.0.weight=0.25", "student.backbone=tiny"])

    assert settings_between(base, recipe) == (
        'student.backbone="tiny"',
        "terms.0.weight=0.25",
        "training.steps=77",
    )


@pytest.mark.parametrize("name", ready_made_recipes())
def test_what_is_named_makes_the_other_recipe(name):
    base = load_recipe(name)
    changes = ["training.steps=31", "input.channels=[]", "augmentation.rotation_deg=3.5"]
    recipe = with_settings(base, changes)

    assert with_settings(base, settings_between(base, recipe)) == recipe


def test_another_number_of_terms_is_one_difference():
    base, recipe = load_recipe("kd"), load_recipe("emkd")

    named = settings_between(base, recipe)

    assert len([setting for setting in named if setting.startswith("terms")]) == 1
