"""What goes with the mouse over the canvas."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QWidget

from tests.session.factories import drain

pytestmark = pytest.mark.gui


def a_canvas(desk, qtbot, monkeypatch):
    canvas = QWidget()
    canvas.resize(600, 500)
    canvas.setMouseTracking(True)
    qtbot.addWidget(canvas)
    monkeypatch.setattr("napari_kdland.gui.pointer.canvas_in", lambda _window: canvas)
    desk.pointer.live_in(canvas)
    canvas.show()
    return canvas


@pytest.fixture
def canvas(open_desk, qtbot, monkeypatch):
    """A widget in place of napari's, with the pointer over it."""
    return a_canvas(open_desk, qtbot, monkeypatch)


def move(canvas, x, y):
    place, none = QPointF(x, y), Qt.MouseButton.NoButton
    held = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(canvas, QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, held))


def test_the_current_landmark_goes_with_the_mouse(canvas, open_desk):
    label = open_desk.pointer.label
    assert label.isHidden()

    move(canvas, 100, 200)
    assert (label.text(), label.isHidden()) == ("1  apex", False)
    assert (label.x() > 100, label.y() > 200) == (True, True)

    open_desk.session.editing.place((10.0, 20.0))
    assert label.text() == "2  angle"


def test_a_tool_is_named_in_the_landmarks_place(canvas, open_desk):
    move(canvas, 100, 200)

    open_desk.ruler.toggle()
    assert open_desk.pointer.label.text() == "ruler"

    open_desk.ruler.toggle()
    assert open_desk.pointer.label.text() == "1  apex"


def test_who_paints_sees_the_region_beside_the_mouse_and_no_landmark(region_desk, qtbot, monkeypatch):
    move(a_canvas(region_desk, qtbot, monkeypatch), 100, 200)
    label = region_desk.pointer.label

    region_desk.brush.start("lung")
    assert "Lung" in label.text().title()
    region_desk.brush.start("heart")
    assert "Heart" in label.text().title()

    region_desk.painting.stop()
    assert "apex" in label.text()


def test_it_stays_inside_the_canvas(canvas, open_desk):
    move(canvas, 598, 498)

    assert canvas.rect().contains(open_desk.pointer.label.geometry())


def test_it_goes_when_the_mouse_leaves_and_when_all_is_set(canvas, open_desk):
    move(canvas, 100, 200)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert open_desk.pointer.label.isHidden()

    move(canvas, 100, 200)
    for y in (10.0, 20.0, 30.0):
        open_desk.session.editing.place((y, 5.0))
    assert open_desk.pointer.label.isHidden()


def test_it_tells_the_mode_of_placing(canvas, open_desk):
    move(canvas, 100, 200)

    open_desk.actions.next_mode()

    assert open_desk.pointer.label.text() == "1  apex · again"


def test_no_layer_is_touched_while_the_mouse_moves(canvas, open_desk):
    touched = []
    for layer in open_desk.pool:
        layer.events.connect(lambda event: touched.append(event.type))
    open_desk.pointer.toggle_magnifier()

    for x in range(50):
        move(canvas, x, x)
        open_desk.viewer.cursor.position = (float(x), float(x))

    assert touched == []


def test_the_magnifier_looks_at_the_mouse(canvas, open_desk):  # noqa: ARG001 - it is what lies below
    magnifier = open_desk.pointer.magnifier
    open_desk.viewer.cursor.position = (7.0, 8.0)
    assert magnifier.isHidden()

    open_desk.actions._table["magnify"]()
    open_desk.viewer.cursor.position = (12.5, 30.25)

    assert not magnifier.isHidden()
    assert_allclose(magnifier.middle, (12.5, 30.25))
    open_desk.actions._table["magnify"]()
    assert magnifier.isHidden()


def test_the_magnifier_looks_at_a_landmark_that_is_nudged(canvas, open_desk):  # noqa: ARG001 - as above
    open_desk.pointer.toggle_magnifier()
    open_desk.session.editing.place((10.0, 20.0))

    open_desk.session.nudging.nudge(0.1, 0.0)

    assert_allclose(open_desk.pointer.magnifier.middle, (10.1, 20.0))
    assert_allclose(open_desk.pointer.magnifier._seen.points, [[10.1, 20.0]])


def test_the_magnifier_shows_the_new_image(canvas, open_desk, runner):  # noqa: ARG001 - as above
    open_desk.pointer.toggle_magnifier()

    open_desk.session.paging.go_next()
    drain(runner)

    assert np.array_equal(open_desk.pointer.magnifier._seen.picture, open_desk.session.radiograph.values)


def test_the_magnifier_gives_way_to_the_mouse(canvas, open_desk):
    open_desk.pointer.toggle_magnifier()
    magnifier = open_desk.pointer.magnifier
    assert magnifier.x() > 300

    move(canvas, 560, 60)

    assert magnifier.x() < 50


def test_without_a_window_nothing_happens(open_desk):
    open_desk.pointer.live_in(QWidget())

    open_desk.pointer.toggle_magnifier()

    assert open_desk.pointer.label is None
