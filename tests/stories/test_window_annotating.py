"""A reader annotates in a real napari window, with mouse and keys."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Project
from tests.session.factories import a_project

pytestmark = [
    pytest.mark.gui,
    # napari says so of PyQt5 whenever it makes a window.
    pytest.mark.filterwarnings("ignore:System theme detection requires a Qt6 backend"),
]


class Hands:
    """Mouse and keyboard over the canvas; places are (y, x) in image pixels."""

    def __init__(self, viewer, widget, qtbot):
        from qtpy.QtTest import QTest

        self.viewer, self.widget, self.qtbot, self.test = viewer, widget, qtbot, QTest
        self.canvas = viewer.window._qt_viewer.canvas.native

    def at(self, place):
        from qtpy.QtCore import QPoint

        camera = self.viewer.scene.camera
        world = np.array(place) * self.widget.desk.pool.frame.scale
        size = np.array([self.canvas.height(), self.canvas.width()])
        y, x = (world - np.array(camera.center)[-2:]) * camera.zoom + size / 2
        return QPoint(round(x), round(y))

    def click(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseMove(self.canvas, self.at(place))
        self.test.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))
        self.qtbot.wait(1)

    def press(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseMove(self.canvas, self.at(place))
        self.test.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))

    def move(self, place):
        """Move with the button held: QTest's own move does not say so."""
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent
        from qtpy.QtWidgets import QApplication

        point = QPointF(self.at(place))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.canvas, QMouseEvent(QEvent.Type.MouseMove, point, point, left, left, none))
        self.qtbot.wait(20)  # vispy drops moves in quick succession

    def release(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))
        self.qtbot.wait(1)

    def key(self, name, *modifiers):
        from qtpy.QtCore import Qt

        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= getattr(Qt.KeyboardModifier, f"{modifier}Modifier")
        self.test.keyClick(self.canvas, getattr(Qt.Key, f"Key_{name}"), held)
        self.qtbot.wait(1)


@pytest.fixture
def hands(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.main_widget import KdlandWidget

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    widget = KdlandWidget(viewer)
    viewer.window.add_dock_widget(widget, name="KDLand", area="right")
    widget.session.reader = "ann"
    widget.session.open(a_project(tmp_path, size=(600, 500)))
    widget.bring_to_front("Annotate")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=10_000)
    qtbot.wait(50)
    viewer.reset_view()
    hands = Hands(viewer, widget, qtbot)
    yield hands
    widget.shut_down()
    vars(hands).clear()  # napari counts whoever holds on to its window


def test_three_clicks_place_three_landmarks_and_a_drag_corrects_one(hands):
    session = hands.widget.session
    for place in ((100, 100), (300, 200), (500, 400)):
        hands.click(place)
    assert session.current is None
    assert_allclose(session.landmarks.points, [[100, 100], [300, 200], [500, 400]], atol=1.5)

    hands.press((300, 200))
    hands.move((320, 240))
    hands.move((340, 260))
    hands.release((340, 260))

    assert_allclose(session.landmarks["angle"], [340, 260], atol=1.5)
    with Project.open(session.project.path) as other:
        assert_allclose(other.annotations.current(session.record.image_id)["angle"], session.landmarks["angle"])


def test_escape_during_a_drag_puts_the_landmark_back(hands):
    hands.click((100, 100))

    hands.press((100, 100))
    hands.move((150, 180))
    hands.move((200, 250))
    hands.key("Escape")
    hands.move((250, 300))
    hands.release((250, 300))

    assert_allclose(hands.widget.session.landmarks["apex"], [100, 100], atol=1.5)
    assert_allclose(hands.widget.desk.pool.reader.landmarks.data, [[100, 100]], atol=1.5)


def test_dragging_beside_the_landmarks_pans_and_places_nothing(hands):
    before = tuple(hands.viewer.scene.camera.center)

    hands.press((300, 300))
    hands.move((320, 330))
    hands.move((360, 380))
    hands.release((360, 380))

    assert hands.widget.session.landmarks.n_known == 0
    assert tuple(hands.viewer.scene.camera.center) != before


def test_states_by_key_and_undo_over_all_of_them(hands):
    session = hands.widget.session
    hands.key("Q")
    assert session.landmarks.state_of("apex") is LandmarkState.ABSENT
    hands.click((300, 200))
    hands.key("2")
    hands.key("O")
    assert session.landmarks.state_of("angle") is LandmarkState.OCCLUDED
    hands.key("Q", "Shift")
    assert session.landmarks.state_of("angle") is LandmarkState.UNCERTAIN

    for _ in range(4):
        hands.key("Z", "Control")

    assert session.landmarks.n_known == 0
    hands.key("Z", "Control", "Shift")
    assert session.landmarks.state_of("apex") is LandmarkState.ABSENT


def test_a_number_chooses_a_landmark_and_deletes_nothing(hands):
    hands.click((100, 100))
    hands.widget.desk.pool.reader.landmarks.selected_data = {0}

    hands.key("1")
    hands.key("3")

    assert hands.widget.session.current == "border"
    assert hands.widget.session.landmarks.n_known == 1


def test_n_and_b_leaf_through_the_images_and_h_hides_while_held(hands):
    session, layer = hands.widget.session, hands.widget.desk.pool.reader.landmarks
    hands.key("N")
    hands.qtbot.waitUntil(lambda: session.record.name == "image_1.png", timeout=5000)
    hands.key("B")
    hands.qtbot.waitUntil(lambda: session.record.name == "image_0.png", timeout=5000)

    from qtpy.QtCore import Qt

    hands.test.keyPress(hands.canvas, Qt.Key.Key_H)
    assert not layer.visible
    hands.test.keyRelease(hands.canvas, Qt.Key.Key_H)
    assert layer.visible


def test_a_second_window_sees_the_landmark_within_moments(hands):
    session = hands.widget.session
    with Project.open(session.project.path) as other:
        other.annotations.edit(session.record.image_id, "border", LandmarkState.PLACED, (50.0, 60.0), reader="bob")

    hands.qtbot.waitUntil(lambda: session.landmarks.n_known == 1, timeout=10_000)

    assert_allclose(hands.widget.desk.pool.reader.landmarks.data, [[50, 60]])
