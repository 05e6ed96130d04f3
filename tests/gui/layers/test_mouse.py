"""Placing and dragging with the mouse, by hand-made events."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.session.factories import drain

pytestmark = pytest.mark.gui

ZOOM = 4.0  # screen pixels per image pixel


def an_event(kind, y, x, *, button=1, modifiers=(), viewbox=(0, 0)):
    return SimpleNamespace(
        type=kind,
        position=(y, x),
        pos=np.array([x, y]) * ZOOM,
        button=button,
        modifiers=modifiers,
        viewbox=viewbox,
        camera_zoom=ZOOM,
        handled=False,
    )


def drag(desk, *path, **press):
    """Press at the first place of `path`, move through the others, release at the last; gives the events."""
    event = an_event("mouse_press", *path[0], **press)
    gesture = desk.binding.hand(desk.pool.reader.landmarks, event)
    seen = []
    for kind, place in [
        ("mouse_press", path[0]),
        *(("mouse_move", each) for each in path[1:]),
        ("mouse_release", path[-1]),
    ]:
        event.__dict__.update(an_event(kind, *place, **press).__dict__)
        next(gesture, None)
        seen.append(event.handled)
    return seen


def test_a_click_places_the_current_landmark(open_desk):
    drag(open_desk, (10.0, 20.0))

    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])
    assert open_desk.session.current == "angle"


def test_a_hand_that_trembles_still_clicks_and_the_camera_stands(open_desk):
    handled = drag(open_desk, (10.0, 20.0), (10.5, 20.5), (10.2, 20.9))

    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])
    assert handled[1:3] == [True, True]


def test_a_drag_beside_the_landmarks_pans_and_places_nothing(open_desk):
    handled = drag(open_desk, (10.0, 20.0), (20.0, 30.0), (30.0, 40.0))

    assert open_desk.session.landmarks.n_known == 0
    assert handled[2] is False


@pytest.mark.parametrize("press", [{"button": 2}, {"modifiers": ("Shift",)}, {"viewbox": (0, 1)}])
def test_other_buttons_keys_and_cells_place_nothing(open_desk, press):
    drag(open_desk, (10.0, 20.0), **press)

    assert open_desk.session.landmarks.n_known == 0


def test_a_landmark_follows_the_mouse_and_is_saved_once(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    written = open_desk.session.project.annotations.last_edit_id()

    handled = drag(open_desk, (10.5, 20.0), (15.5, 25.0), (20.5, 30.0))

    assert_allclose(open_desk.session.landmarks["apex"], [20, 30])
    assert open_desk.session.project.annotations.last_edit_id() == written + 1
    assert handled[0] is True


def test_a_drag_of_which_only_the_release_is_heard_still_moves(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    event = an_event("mouse_press", 10.0, 20.0)
    gesture = open_desk.binding.hand(open_desk.pool.reader.landmarks, event)
    next(gesture)

    event.__dict__.update(an_event("mouse_release", 15.0, 25.0).__dict__)
    next(gesture, None)

    assert_allclose(open_desk.session.landmarks["apex"], [15, 25])


def test_pressing_on_a_landmark_without_moving_only_chooses_it(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    written = open_desk.session.project.annotations.last_edit_id()

    drag(open_desk, (10.0, 20.0))

    assert open_desk.session.current == "apex"
    assert open_desk.session.project.annotations.last_edit_id() == written


def test_escape_puts_a_dragged_landmark_back(open_desk):
    open_desk.session.editing.place((10.0, 20.0))
    layer = open_desk.pool.reader.landmarks
    event = an_event("mouse_press", 10.0, 20.0)
    gesture = open_desk.binding.hand(layer, event)
    next(gesture)
    event.__dict__.update(an_event("mouse_move", 30.0, 40.0).__dict__)
    next(gesture)
    assert_allclose(layer.data, [[30, 40]])

    assert open_desk.binding.hand.let_go()
    event.__dict__.update(an_event("mouse_release", 30.0, 40.0).__dict__)
    next(gesture, None)

    assert_allclose(layer.data, [[10, 20]])
    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])


@pytest.mark.parametrize("path", [[(15.0, 25.0), (20.0, 30.0)], []], ids=["moves heard", "release alone"])
def test_a_locked_landmark_stays_under_the_hand_and_says_why(open_desk, path):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.locking.toggle("apex")
    shown = []
    open_desk.pool.reader.landmarks.events.data.connect(lambda event: shown.append(event.value.copy()))

    drag(open_desk, (10.0, 20.0), *path, (20.0, 30.0))

    assert open_desk.messages == ["apex is locked and stays where it is. K unlocks it."]
    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])
    assert all(np.allclose(each, [[10, 20]]) for each in shown)


def test_escape_without_a_drag_does_nothing(open_desk):
    assert not open_desk.binding.hand.let_go()


@pytest.mark.parametrize("path", [[(10.0, 20.0)], [(30.0, 40.0), (40.0, 45.0)]], ids=["click", "drag"])
def test_a_press_on_an_image_does_nothing_to_the_one_that_comes_before_its_release(open_desk, runner, path):
    session, points = open_desk.session, np.array([[30.0, 40.0]])
    session.editing.place((30.0, 40.0))
    first, other = session.record.image_id, session.project.records.page()[1].image_id
    event = an_event("mouse_press", *path[0])
    gesture = open_desk.binding.hand(open_desk.pool.reader.landmarks, event)
    next(gesture, None)

    session.paging.go_to(other)
    drain(runner)
    for kind in ("mouse_move", "mouse_release"):
        event.__dict__.update(an_event(kind, *path[-1]).__dict__)
        next(gesture, None)

    assert session.record.image_id == other
    assert session.landmarks.n_known == 0
    assert_allclose(session.project.annotations.current(first).points[:1], points)


def test_a_dragged_landmark_that_is_undone_meanwhile_moves_no_other(open_desk):
    session = open_desk.session
    session.editing.place((50.0, 20.0))
    session.editing.place((30.0, 40.0))
    event = an_event("mouse_press", 30.0, 40.0)
    gesture = open_desk.binding.hand(open_desk.pool.reader.landmarks, event)
    next(gesture, None)

    session.undo()
    for kind in ("mouse_move", "mouse_release"):
        event.__dict__.update(an_event(kind, 40.0, 45.0).__dict__)
        next(gesture, None)

    assert session.landmarks.n_known == 1
    assert_allclose(session.landmarks["apex"], [50, 20])
