"""The form of a recipe."""

import pytest

from napari_kdland.errors import RecipeError
from napari_kdland.gui.forms import RecipeForm
from napari_kdland.gui.leaves import leaves
from napari_kdland.recipes import load_recipe, ready_made_recipes

pytestmark = pytest.mark.gui


@pytest.fixture
def form(qtbot):
    form = RecipeForm()
    qtbot.addWidget(form)
    return form


@pytest.mark.parametrize("name", ready_made_recipes())
def test_a_form_that_nobody_touched_gives_the_recipe_unchanged(form, name):
    form.set_recipe(load_recipe(name))

    assert form.recipe() == load_recipe(name)


def test_every_leaf_shows_the_recipes_value_and_its_description(form):
    recipe = load_recipe("ensemble-kd")

    form.set_recipe(recipe)

    for leaf in leaves(recipe):
        widget = form.widget_at(*leaf.path)
        assert widget.value == pytest.approx(leaf.value) if leaf.kind is float else widget.value == leaf.value
        assert widget.tooltip


def test_a_changed_value_is_in_the_recipe(form):
    form.set_recipe(load_recipe("kd"))

    form.widget_at("terms", 0, "weight").value = 0.25

    assert form.recipe().terms[0].weight == 0.25


def test_small_numbers_keep_their_digits(form):
    form.set_recipe(load_recipe("supervised"))

    form.widget_at("training", "learning_rate").value = 0.0013

    assert form.recipe().training.learning_rate == pytest.approx(0.0013)


def test_values_that_do_not_go_together_are_refused_in_words(form):
    form.set_recipe(load_recipe("supervised"))
    form.widget_at("training", "unlabelled_batch").value = 4

    with pytest.raises(RecipeError, match="unlabelled_batch"):
        form.recipe()


def test_another_recipe_takes_the_place_of_the_first(form):
    form.set_recipe(load_recipe("kd"))

    form.set_recipe(load_recipe("supervised"))

    assert form.recipe() == load_recipe("supervised")
    with pytest.raises(KeyError, match="terms"):
        form.widget_at("terms", 0, "weight")


def test_changes_are_told(form, qtbot):
    form.set_recipe(load_recipe("kd"))

    with qtbot.waitSignal(form.changed, timeout=1000):
        form.widget_at("training", "steps").value = 7
