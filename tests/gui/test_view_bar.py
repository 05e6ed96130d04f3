"""The controls of Compare's view."""

import pytest

from napari_kdland.gui.layers.scene import View
from napari_kdland.gui.view_bar import ViewBar

pytestmark = pytest.mark.gui


@pytest.fixture
def bar(qtbot):
    bar = ViewBar()
    qtbot.addWidget(bar)
    bar.offer(["teacher", "student", "other"])
    return bar


def test_the_first_two_sources_are_the_pair_until_others_are_chosen(bar):
    assert bar.wish().pair == ("teacher", "student")

    bar.second.setCurrentText("other")

    assert bar.wish().pair == ("teacher", "other")


@pytest.mark.parametrize("chosen", ["first", "second"])
def test_the_two_are_never_the_same(bar, chosen):
    getattr(bar, chosen).setCurrentText("student" if chosen == "first" else "teacher")

    first, second = bar.wish().pair
    assert first != second
    assert getattr(bar, chosen).currentText() in ("student", "teacher")


def test_swapping_two_is_one_change(bar):
    seen = []
    bar.changed.connect(lambda: seen.append(bar.wish().pair))

    bar._swap()

    assert seen == [("student", "teacher")]


def test_a_pair_stays_when_another_source_is_ticked(bar):
    bar.second.setCurrentText("other")

    bar.offer(["new", "teacher", "student", "other"])

    assert bar.wish().pair == ("teacher", "other")


@pytest.mark.parametrize(
    ("view", "shows"),
    [(View.SIDE_BY_SIDE, (False, False)), (View.SWIPE, (True, True)), (View.DIFFERENCE, (True, False))],
)
def test_only_controls_that_do_something_are_seen(bar, view, shows):
    bar.view.setCurrentText(view)

    assert (not bar._pair_row.isHidden(), not bar._split_row.isHidden()) == shows


def test_one_source_alone_asks_for_a_second(bar):
    bar.offer(["teacher"])

    bar.view.setCurrentText(View.SWIPE)

    assert "Tick two" in bar._hint.text()
