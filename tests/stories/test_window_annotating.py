"""A reader annotates in a real napari window, with mouse and keys."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.project import Project

pytestmark = pytest.mark.gui


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
