import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.errors import RecipeError
from napari_kdland.recipes import Recipe, load_recipe, ready_made_recipes, with_settings
from napari_kdland.recipes.shelf import recipe_from_values


def a_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def values_of(name: str = "kd") -> dict:
    return load_recipe(name).model_dump(mode="json")


@pytest.mark.parametrize("name", ready_made_recipes())
def test_every_ready_made_recipe_is_named_after_its_file_and_cites_its_source(name: str):
    recipe = load_recipe(name)

    assert recipe.name == name
    assert recipe.cites[0].paper
    assert recipe.cites[0].equation


def test_the_three_recipes_of_the_main_job_are_there():
    assert {"supervised", "kd", "ensemble-kd"} <= set(ready_made_recipes())


@pytest.mark.parametrize("name", ready_made_recipes())
def test_a_recipe_survives_toml(name: str, tmp_path: Path):
    recipe = load_recipe(name)

    again = load_recipe(a_file(tmp_path, tomli_w.dumps(recipe.model_dump(mode="json"))))

    assert again == recipe


@settings(max_examples=50)
@given(st.floats(1e-6, 1e-1), st.integers(1, 10**6), st.sampled_from(["auto", "float32", "bfloat16"]))
def test_any_values_within_their_limits_survive_toml(rate: float, steps: int, precision: str):
    values = values_of("supervised")
    values["training"] |= {"learning_rate": rate, "steps": steps, "precision": precision}
    recipe = Recipe.model_validate(values)

    text = tomli_w.dumps(recipe.model_dump(mode="json"))

    assert recipe_from_values(tomllib.loads(text), where="text") == recipe


def test_a_name_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(RecipeError, match=r"no ready-made recipe 'kdd'. Ready-made are: .*ensemble-kd, .*kd, "):
        load_recipe("kdd")


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(RecipeError, match=r"Cannot read the recipe file .*none.toml"):
        load_recipe(tmp_path / "none.toml")


def test_a_file_in_another_encoding_is_said(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_bytes('title = "Größe"'.encode("latin-1"))

    with pytest.raises(RecipeError, match="Cannot read the recipe file"):
        load_recipe(path)


def test_a_file_that_is_no_toml_is_said(tmp_path: Path):
    with pytest.raises(RecipeError, match=r"mine.toml is not valid TOML.*line 1"):
        load_recipe(a_file(tmp_path, "name: kd"))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (("trainer",), "augmentation, base, cites"),
        (("training", "step"), "accepted_weight, ema_decay, labelled_batch"),
        (("terms", 0, "los"), "areas, exponent, inverse_temperature, loss"),
        (("terms", 0, "schedule", "knd"), "kind, ramp"),
        (("cites", 0, "author"), "equation, paper"),
    ],
)
def test_a_misspelt_key_is_answered_with_its_path_and_the_allowed_names(path: tuple, allowed: str):
    values = values_of()
    part = values
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = 1

    with pytest.raises(RecipeError, match=rf"{'.'.join(map(str, path))} is not a key \(allowed here: {allowed}"):
        recipe_from_values(values, where="mine.toml")


def test_a_value_out_of_range_is_answered_with_what_was_found():
    values = values_of()
    values["training"]["steps"] = 0

    with pytest.raises(RecipeError, match=r"training.steps: .*greater than or equal to 1, found 0"):
        recipe_from_values(values, where="mine.toml")


def test_several_problems_are_said_at_once():
    values = values_of()
    values["training"]["steps"] = 0
    values["input"]["size"] = 100

    with pytest.raises(RecipeError, match=r"input.size: .*training.steps: "):
        recipe_from_values(values, where="mine.toml")


def test_a_missing_key_is_named():
    values = values_of()
    del values["title"]

    with pytest.raises(RecipeError, match="title: Field required"):
        recipe_from_values(values, where="mine.toml")


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("training.steps=7", lambda recipe: recipe.training.steps == 7),
        ("student.backbone=teacher", lambda recipe: recipe.student.backbone == "teacher"),
        ('student.backbone = "teacher"', lambda recipe: recipe.student.backbone == "teacher"),
        ("terms.0.weight=2.5", lambda recipe: recipe.terms[0].weight == 2.5),
        ("augmentation.flip=true", lambda recipe: recipe.augmentation.flip),
        ('terms=[{loss="heatmap-mse"}]', lambda recipe: recipe.terms[0].loss == "heatmap-mse"),
    ],
)
def test_a_setting_changes_what_it_names(setting: str, found):
    assert found(with_settings(load_recipe("kd"), [setting]))


def test_no_setting_changes_nothing():
    assert with_settings(load_recipe("kd"), []) == load_recipe("kd")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.steps", r"Cannot read the setting 'training.steps'. Write it as training.steps=300"),
        ("=3", r"Cannot read the setting '=3'"),
        ("training.step=3", r"training.step is not a key \(allowed here: "),
        ("terms.4.weight=1", r"'terms.4.weight=1' leads nowhere at '4'"),
        ("terms.4=1", r"'terms.4=1' leads nowhere at '4': there are 1 entries"),
        ("terms.first.weight=1", r"leads nowhere at 'first'"),
        ("training.steps.more=1", r"leads nowhere at 'more': training.steps is a value"),
        ("training.steps.even.more=1", r"leads nowhere at 'even'"),
    ],
)
def test_a_setting_that_cannot_be_is_answered_in_words(setting: str, message: str):
    with pytest.raises(RecipeError, match=message):
        with_settings(load_recipe("kd"), [setting])
