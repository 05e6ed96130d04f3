"""Tests of napari_kdland.menus."""

import pytest

from napari_kdland.errors import UsageError
from napari_kdland.menus import Entry, choose

MENU = (Entry("pi", "A number.", "math:pi"), Entry("tau", "Another.", "math:tau"))


def test_a_dish_is_imported_only_when_it_is_resolved():
    missing = Entry("nothing", "", "no_such_module:thing")

    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        missing.resolve()


def test_choosing_by_name_gives_the_dish():
    assert choose(MENU, "tau", what="number").resolve() == pytest.approx(6.283185307)


def test_an_unknown_dish_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no number 'e'\. There are: pi, tau"):
        choose(MENU, "e", what="number")
