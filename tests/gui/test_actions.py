"""What the keys do."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.gui.shortcuts import SHORTCUTS
from tests.session.factories import drain

pytestmark = pytest.mark.gui


def press(desk, action):
    return desk.actions._table[action]()


def test_every_key_has_its_action(open_desk):
    assert {shortcut.action for shortcut in SHORTCUTS} == set(open_desk.actions._table)


def test_our_layers_have_the_keys_and_other_layers_do_not(open_desk):
    foreign = open_desk.viewer.add_points([[0.0, 0.0]])

    bound = [{str(key) for key in layer.keymap} for layer in open_desk.pool]

    assert all({"1", "Q", "Ctrl+Z"} <= keys for keys in bound)
    assert not foreign.keymap


@pytest.mark.parametrize("state", list(LandmarkState), ids=str)
def test_a_state_by_key_goes_to_the_current_landmark(open_desk, state):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.choose("apex")

    press(open_desk, state.value)

    assert open_desk.session.landmarks.state_of("apex") is state


def test_an_undo_that_leads_to_another_image_says_what_it_took_back(open_desk, runner):
    open_desk.session.editing.place((10.0, 20.0))
    open_desk.session.paging.go_next()
    drain(runner)

    press(open_desk, "undo")
    assert open_desk.messages[-1] == "Undone on image_0.png: apex."

    drain(runner)
    press(open_desk, "redo")
    assert open_desk.messages[-1] == ""


def test_a_state_without_a_current_landmark_asks_for_one(open_desk):
    open_desk.session.choose(None)

    press(open_desk, "absent")

    assert "Choose a landmark first" in open_desk.messages[-1]


def test_a_number_beyond_the_scheme_chooses_nothing(open_desk):
    press(open_desk, "choose_2")
    press(open_desk, "choose_9")

    assert open_desk.session.current == "angle"


def test_keys_before_an_image_is_there_are_answered_in_words(desk):
    press(desk, "next_landmark")

    assert "No image is on screen" in desk.messages[-1]


def test_hiding_lasts_as_long_as_the_key_is_held(open_desk):
    layers = list(open_desk.pool)
    before = [layer.visible for layer in layers]
    held = press(open_desk, "hide")

    next(held)
    assert [layer.name for layer in layers if layer.visible] == ["Radiograph"]

    next(held, None)
    assert [layer.visible for layer in layers] == before


def test_blinking_where_nothing_is_compared_says_what_to_do(open_desk):
    held = press(open_desk, "blink")

    next(held)
    next(held, None)

    assert "tick two sources" in open_desk.messages[-1]


def test_inverting_twice_shows_the_radiograph_as_it_was(open_desk):
    radiograph = open_desk.pool.reader.radiograph

    press(open_desk, "invert")
    assert radiograph.colormap.name == "gray_r"

    press(open_desk, "invert")
    assert radiograph.colormap.name == "gray"


def test_the_next_image_without_landmarks(open_desk, runner):
    project = open_desk.session.project
    second = project.records.find("image_1.png").image_id
    project.annotations.edit(second, "apex", LandmarkState.PLACED, (1.0, 1.0), reader="ann")

    press(open_desk, "next_unlabelled")
    drain(runner)
    assert open_desk.session.record.name == "image_2.png"

    press(open_desk, "next_unlabelled")
    assert open_desk.messages[-1] == "No image without landmarks follows."


def test_masks_are_switched_off_and_on_by_a_key(region_desk):
    layer = region_desk.pool.reader.masks

    press(region_desk, "toggle_masks")
    assert not layer.visible

    press(region_desk, "toggle_masks")
    assert layer.visible


@pytest.mark.parametrize("action", ["next_landmark", "choose_1", "absent", "toggle_heatmap"])
def test_keys_for_landmarks_do_no_harm_where_there_are_none(mask_desk, action):
    press(mask_desk, action)

    assert mask_desk.session.current is None


@pytest.mark.parametrize(
    ("action", "there"),
    [
        ("nudge_up", (9, 20)),
        ("nudge_right", (10, 21)),
        ("nudge_finely_down", (10.1, 20)),
        ("nudge_finely_left", (10, 19.9)),
    ],
)
def test_arrows_nudge_the_landmark(open_desk, action, there):
    open_desk.session.editing.place((10.0, 20.0))

    press(open_desk, action)

    assert_allclose(open_desk.session.landmarks["apex"], there)


def test_the_mode_of_placing_is_told_when_it_changes(open_desk):
    press(open_desk, "next_mode")

    assert open_desk.messages[-1] == "Placing: all again."


def test_readers_landmarks_are_hidden_until_the_key_is_pressed_again(open_desk):
    layer = open_desk.pool.reader.landmarks

    press(open_desk, "toggle_readers")
    assert not layer.visible
    assert "G shows them again" in open_desk.messages[-1]

    press(open_desk, "toggle_readers")
    assert layer.visible


def test_runs_landmarks_stay_hidden_until_the_key_is_pressed_again(open_desk):
    shown, left_out = open_desk.pool.runs(2)
    press(open_desk, "toggle_runs")
    assert not shown.landmarks.visible

    open_desk.pool.runs(1)
    press(open_desk, "toggle_runs")

    assert shown.landmarks.visible
    assert not left_out.landmarks.visible


def test_saving_says_who_edited_last_and_that_all_is_saved(open_desk):
    press(open_desk, "say_saved")
    assert "nothing to save yet" in open_desk.messages[-1]

    open_desk.session.editing.place((10.0, 20.0))
    press(open_desk, "say_saved")
    assert open_desk.messages[-1].startswith("Everything is saved already: the last edit, by ann, on 2")
