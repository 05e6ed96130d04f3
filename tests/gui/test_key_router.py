"""Our keys while the focus is in the panel, and while one is held."""

import pytest
from numpy.testing import assert_allclose
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QApplication, QLineEdit, QListWidget, QVBoxLayout, QWidget

from napari_kdland.gui.key_router import KeyRouter

pytestmark = pytest.mark.gui

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def home(open_desk, qtbot):
    """A panel with a list of names and a field, and the router of its keys."""
    home = QWidget()
    qtbot.addWidget(home)
    home.names, home.field = QListWidget(), QLineEdit()
    home.names.addItems(["apex", "quarry"])
    layout = QVBoxLayout(home)
    layout.addWidget(home.names)
    layout.addWidget(home.field)
    router = KeyRouter(open_desk, home)
    open_desk.session.editing.place((10.0, 20.0))
    yield home
    router.close()


def focus(router_home, widget):
    for child in router_home.children():
        if isinstance(child, KeyRouter):
            child._on_focus(None, widget)


def key(widget, code, held=NONE, *, text="", kind=QEvent.Type.KeyPress, repeats=False):
    QApplication.sendEvent(widget, QKeyEvent(kind, code, held, text, repeats))


def test_a_letter_in_a_list_is_our_key_and_looks_for_no_name(home, open_desk):
    focus(home, home.names)
    home.names.setCurrentRow(0)

    key(home.names, Qt.Key.Key_Q, text="q")

    assert open_desk.session.landmarks.state_of("angle").value == "absent"
    assert home.names.currentRow() == 0


def test_what_is_typed_into_a_field_stays_there(home, open_desk):
    focus(home, home.field)

    key(home.field, Qt.Key.Key_Q, text="q")
    key(home.field, Qt.Key.Key_Z, CONTROL)

    assert open_desk.session.landmarks.n_known == 1


def test_arrows_walk_through_a_list_and_with_shift_they_nudge(home, open_desk):
    focus(home, home.names)
    home.names.setCurrentRow(0)

    key(home.names, Qt.Key.Key_Down)
    key(home.names, Qt.Key.Key_Down, SHIFT)

    assert home.names.currentRow() == 1
    assert_allclose(open_desk.session.landmarks["apex"], [11, 20])


def test_a_nudge_goes_on_while_its_key_is_held_and_other_keys_do_not(home, open_desk):
    focus(home, home.names)

    for _ in range(3):
        key(home.names, Qt.Key.Key_Right, SHIFT | CONTROL, repeats=True)
        key(home.names, Qt.Key.Key_Q, text="q", repeats=True)

    assert_allclose(open_desk.session.landmarks["apex"], [10, 20.3])
    assert open_desk.session.landmarks.n_known == 1


def test_holding_h_hides_until_it_is_let_go(home, open_desk):
    focus(home, home.names)
    layer = open_desk.pool.reader.landmarks

    key(home.names, Qt.Key.Key_H, text="h")
    assert not layer.visible

    key(home.names, Qt.Key.Key_H, text="h", kind=QEvent.Type.KeyRelease)
    assert layer.visible


def test_while_a_layer_of_somebody_else_is_active_the_keys_are_napari_s(home, open_desk):
    open_desk.viewer.layers.selection.active = open_desk.viewer.add_points([[0.0, 0.0]])
    focus(home, home.names)

    key(home.names, Qt.Key.Key_Q, text="q")

    assert open_desk.session.landmarks.n_known == 1


def test_a_widget_elsewhere_in_the_window_is_left_alone(home, open_desk, qtbot):
    elsewhere = QListWidget()
    qtbot.addWidget(elsewhere)
    focus(home, elsewhere)

    key(elsewhere, Qt.Key.Key_Q, text="q")

    assert open_desk.session.landmarks.n_known == 1


@pytest.mark.parametrize(("code", "is_ours"), [(Qt.Key.Key_S, True), (Qt.Key.Key_O, False)], ids=["Ctrl+S", "Ctrl+O"])
def test_a_key_of_ours_does_not_reach_the_menus(home, code, is_ours):
    focus(home, home.names)
    event = QKeyEvent(QEvent.Type.ShortcutOverride, code, CONTROL)
    event.ignore()

    QApplication.sendEvent(home.names, event)

    assert event.isAccepted() == is_ours
