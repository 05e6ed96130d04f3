"""The menu of where landmarks can be copied from."""

import pytest
from qtpy.QtWidgets import QApplication, QMenu, QWidget

from napari_kdland.anatomy import LandmarkState
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def menu(open_desk, runner, qtbot):
    """The second image on screen, the first one annotated."""
    for point in ((10.0, 10.0), (30.0, 20.0), (50.0, 40.0)):
        open_desk.session.editing.place(point)
    open_desk.session.paging.go_next()
    drain(runner)
    menu = QMenu()
    qtbot.addWidget(menu)
    open_desk.actions.copy_menu.fill(menu)
    return menu


def test_it_offers_the_image_before_and_the_mean_shape_twice(menu):
    texts = [action.text() for action in menu.actions() if action.text()]

    assert texts == ["Image before: image_0.png", "Mean shape", "Replace what is set, too"]
    assert [action.text() for action in menu.actions()[-1].menu().actions()] == texts[:2]


def test_an_entry_copies_and_says_how_to_go_on(menu, open_desk):
    menu.actions()[0].trigger()

    assert open_desk.session.landmarks.states == (LandmarkState.UNCERTAIN,) * 3
    assert open_desk.messages[-1] == (
        "3 landmarks copied from image before: image_0.png: uncertain until you move them or press P. "
        "Ctrl+Z takes all of them back."
    )


def test_what_cannot_be_copied_is_told(menu, open_desk):
    menu.actions()[0].trigger()
    menu.actions()[0].trigger()

    assert "Nothing to fill" in open_desk.messages[-1]


def test_the_key_opens_it_with_the_first_entry_chosen(menu, open_desk):  # noqa: ARG001 - it sets the scene
    open_desk.actions._table["copy"]()

    opened = open_desk.actions.copy_menu._menu
    assert opened.activeAction().text() == "Image before: image_0.png"
    open_desk.actions.copy_menu.close()


def test_the_menu_belongs_to_the_window_and_so_has_the_colours_of_its_theme(menu, open_desk, qtbot):  # noqa: ARG001
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)

    open_desk.actions.copy_menu.open()

    assert open_desk.actions.copy_menu._menu.parent() is window
    open_desk.actions.copy_menu.close()


def test_without_an_image_the_key_is_answered_in_words(desk):
    desk.actions._table["copy"]()

    assert "No image is on screen" in desk.messages[-1]
