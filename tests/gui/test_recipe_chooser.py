"""Choosing a recipe."""

from itertools import pairwise

import pytest

from napari_kdland.errors import RecipeError
from napari_kdland.gui.recipe_chooser import RecipeChooser, cited_in_short, teachers_in_words, told_at_length
from napari_kdland.recipes import load_recipe, ready_made_recipes

pytestmark = pytest.mark.gui


@pytest.fixture
def chooser(qtbot):
    chooser = RecipeChooser()
    qtbot.addWidget(chooser)
    return chooser


def test_every_ready_made_recipe_is_listed_by_its_title_the_plain_one_first(chooser):
    listed = [chooser.itemData(place) for place in range(chooser.count())]

    assert sorted(listed) == list(ready_made_recipes())
    assert listed[0] == chooser.currentData() == "supervised"
    assert chooser.itemText(0) == "Supervised"


def test_recipes_with_the_same_kind_of_teacher_stand_together(chooser):
    sources = [load_recipe(chooser.itemData(place)).teacher.source for place in range(1, chooser.count())]
    on_landmarks = sources[: len(sources) - 3]  # the last three are for other people's data

    changes = sum(a != b for a, b in pairwise(on_landmarks))

    assert changes == len(set(on_landmarks)) - 1


def test_a_file_of_ones_own_joins_the_list(chooser, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name="mine"\ntitle="Mine"\nsummary="Own."\n[[cites]]\npaper="A 2020"\nequation="1"\n')

    chooser.choose(str(path))

    assert (chooser.currentText(), chooser.currentData()) == ("Mine", str(path))


def test_a_file_that_is_no_recipe_changes_nothing(chooser, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text('name="broken"')

    with pytest.raises(RecipeError, match=r"broken\.toml cannot be used"):
        chooser.choose(str(path))

    assert chooser.currentData() == "supervised"
    assert chooser.count() == len(ready_made_recipes())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("supervised", "no teacher"),
        ("continued", "begins with a run"),
        ("kd", "1 teacher run"),
        ("ensemble-kd", "3 teacher runs"),
        ("mean-teacher", "its own average"),
        ("fixmatch", "itself"),
        ("cps", "a second student"),
        ("urpc", "its own levels"),
    ],
)
def test_who_teaches_is_said_in_words(name, words):
    assert teachers_in_words(load_recipe(name)) == words


def test_authors_and_years_are_what_is_cited_in_short():
    assert cited_in_short(load_recipe("composite")) == "Hinton, Vinyals, Dean 2015; Sedai et al. 2019"


def test_what_it_follows_and_how_to_train_it_without_a_window_can_be_read():
    text = told_at_length(load_recipe("fpd"))

    assert "arXiv:1811.05419" in text
    assert "<i>Departs:</i>" in text
    assert "kdland train PROJECT --recipe fpd --teacher RUN" in text


def test_every_row_of_the_list_is_painted_without_a_fault(chooser, qtbot):
    chooser.show()
    chooser.showPopup()
    qtbot.wait(50)

    picture = chooser.view().grab()

    assert picture.width() >= 600
    chooser.hidePopup()
