import hashlib
import json

from napari_kdland.recipes import load_recipe
from napari_kdland.recipes.identity import identity


def test_a_recipe_is_told_as_before_a_setting_came_that_it_does_not_use():
    # Of the settings of November 2026. Where this changes, studies would train everything anew after an update: name
    # the new setting in `_LATER`.
    told = json.dumps(identity(load_recipe("supervised")), sort_keys=True)

    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "73246ad2da968ff7"


def test_a_later_setting_is_told_where_it_is_used():
    assert identity(load_recipe("urpc"))["base"]["levels"] == ["up-4", "up-8", "up-16"]


def test_parts_can_be_left_out():
    recipe = load_recipe("kd")

    assert set(recipe.model_dump()) - set(identity(recipe, without=("title", "cites"))) == {"title", "cites"}
