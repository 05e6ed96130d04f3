"""The form of a recipe."""

import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_kdland.errors import RecipeError
from napari_kdland.gui.forms import RecipeForm
from napari_kdland.gui.leaves import leaves
from napari_kdland.recipes import load_recipe, ready_made_recipes
from napari_kdland.recipes.shelf import recipe_from_values

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


@pytest.mark.parametrize("name", ["ensemble-kd", "emkd-kits19", "ua-mt"])
def test_every_leaf_shows_the_recipes_value_and_its_description(form, name):
    recipe = load_recipe(name)

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


@pytest.mark.parametrize(
    ("path", "typed", "value"),
    [
        (("input", "size"), "128", 128),
        (("training", "steps"), "40", 40),
        (("training", "ema_decay"), "0.999", 0.999),
        (("training", "learning_rate"), "0.00005", 0.00005),
        (("terms", 0, "weight"), "0,125", 0.125),
    ],
)
def test_a_number_is_taken_as_it_is_typed(form, qtbot, path, typed, value):
    form.set_recipe(load_recipe("kd"))
    field = form.widget_at(*path).native
    field.selectAll()

    qtbot.keyClicks(field, typed)

    assert field.text() == typed.replace(",", ".")
    assert form.widget_at(*path).value == value
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert field.text() == typed.replace(",", ".")


def test_a_number_below_its_limit_becomes_the_least_when_the_field_is_left(form, qtbot):
    form.set_recipe(load_recipe("kd"))
    field = form.widget_at("input", "size").native
    field.selectAll()

    qtbot.keyClicks(field, "32")
    qtbot.keyClick(field, Qt.Key.Key_Return)

    assert field.text() == "64"


def test_a_number_shows_all_digits_that_its_recipe_has(form):
    recipe = recipe_from_values({**load_recipe("kd").model_dump(), "training": {"ema_decay": 0.9995}}, where="here")

    form.set_recipe(recipe)

    assert form.widget_at("training", "ema_decay").native.text() == "0.9995"


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


def test_lists_are_shown_as_people_write_them(form):
    form.set_recipe(load_recipe("kdnet-brats2018"))

    assert form.widget_at("teacher", "rotations_deg").native.text() == "-5, 5"
    assert form.widget_at("teacher", "channels").native.text() == "t1ce, t1, t2, flair"
    assert form.widget_at("teacher", "settings").native.toPlainText().splitlines()[0] == "student.backbone=teacher"


def test_a_list_is_read_with_blanks_or_without(form):
    form.set_recipe(load_recipe("kd"))

    form.widget_at("teacher", "scales").native.setText(" 0.8,1 ,1.25,")
    form.widget_at("input", "channels").native.setText("bone,soft_tissue")

    assert form.recipe().teacher.scales == (0.8, 1.0, 1.25)
    assert form.recipe().input.channels == ("bone", "soft_tissue")


def test_a_setting_with_a_comma_stays_one_setting(form):
    form.set_recipe(load_recipe("kd"))

    form.widget_at("teacher", "settings").native.setPlainText('input.channels=["a","b"]\n\nseed=1')

    assert form.recipe().teacher.settings == ('input.channels=["a","b"]', "seed=1")


def test_a_list_with_something_that_is_no_number_is_refused_in_words(form):
    form.set_recipe(load_recipe("kd"))
    form.widget_at("teacher", "rotations_deg").native.setText("5, wide")

    with pytest.raises(RecipeError, match=r"rotations_deg.*'wide'"):
        form.recipe()


def test_parts_that_do_nothing_are_hidden_until_they_do(form):
    form.set_recipe(load_recipe("kd"))
    assert form.section("Views, weak").isHidden()

    form.widget_at("views", "kind").value = "weak-strong"

    assert not form.section("Views, weak").isHidden()


def test_without_a_teacher_its_parts_are_hidden(form):
    form.set_recipe(load_recipe("supervised"))

    hidden = [title for title in ("Teacher", "Target", "Weighting", "Views") if form.section(title).isHidden()]

    assert hidden == ["Teacher", "Target", "Weighting", "Views"]
    assert not form.section("Augmentation").isHidden()


def test_the_wheel_over_a_field_changes_nothing(form):
    form.set_recipe(load_recipe("kd"))
    form.show()
    spin = form.widget_at("training", "steps").native
    spin.clearFocus()
    still = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    wheel = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 120), *still)

    QApplication.sendEvent(spin, wheel)

    assert form.recipe() == load_recipe("kd")


def test_changes_are_told(form, qtbot):
    form.set_recipe(load_recipe("kd"))

    with qtbot.waitSignal(form.changed, timeout=1000):
        form.widget_at("training", "steps").value = 7
