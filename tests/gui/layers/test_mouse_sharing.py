"""Which of napari's layers and tools leave a click to us."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.gui.layers.mouse_sharing import MouseSharing
from tests.gui.layers.test_mouse import an_event

pytestmark = pytest.mark.gui


def click(desk, y, x):
    """Press and release, as napari tells the viewer; the layers themselves have no callback of ours."""
    event = an_event("mouse_press", y, x)
    gestures = [callback(desk.viewer, event) for callback in desk.viewer.mouse_drag_callbacks]
    gestures = [gesture for gesture in gestures if gesture is not None]
    for kind in ("mouse_press", "mouse_release"):
        event.type = kind
        for gesture in gestures:
            next(gesture, None)


@pytest.mark.parametrize("name", ["Radiograph", "Heatmap", "Prediction", "Reader", None])
def test_a_click_places_whichever_of_our_layers_is_active(open_desk, name):
    layers = open_desk.viewer.layers
    layers.selection.active = None if name is None else layers[name]

    click(open_desk, 10.0, 20.0)

    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])


def test_a_click_while_a_layer_of_somebody_else_is_active_places_nothing(open_desk):
    open_desk.viewer.layers.selection.active = open_desk.viewer.add_image(open_desk.session.radiograph.values)

    click(open_desk, 10.0, 20.0)

    assert open_desk.session.landmarks.n_known == 0


def test_a_click_while_regions_are_painted_is_the_brush_s(region_desk):
    region_desk.brush.start("lung")
    region_desk.brush.layer.mode = "pan_zoom"

    click(region_desk, 10.0, 20.0)

    assert region_desk.session.landmarks.n_known == 0


def test_a_tool_of_napari_has_the_mouse_until_escape_and_a_line_says_so(open_desk):
    reader = open_desk.pool.reader.landmarks
    reader.mode = "select"
    assert open_desk.messages == [
        'napari\'s tool "select" has the mouse, so that a click is its own. Esc gives it back.'
    ]
    click(open_desk, 10.0, 20.0)
    assert open_desk.session.landmarks.n_known == 0

    open_desk.actions._table["let_go"]()
    click(open_desk, 10.0, 20.0)

    assert reader.mode == "pan_zoom"
    assert_allclose(open_desk.session.landmarks["apex"], [10, 20])


def test_coming_back_to_a_layer_whose_tool_is_in_use_is_told_too(open_desk):
    open_desk.pool.reader.landmarks.mode = "select"
    open_desk.viewer.layers.selection.active = open_desk.pool.reader.radiograph
    open_desk.messages.clear()

    open_desk.viewer.layers.selection.active = open_desk.pool.reader.landmarks

    assert "Esc gives it back" in open_desk.messages[-1]


def test_the_foot_of_the_window_names_our_keys_and_none_of_naparis_that_are_bound_over(open_desk):
    viewer = open_desk.viewer
    viewer.layers.selection.active = viewer.layers["Reader"]
    assert viewer.help == "? shows all keys"

    viewer.layers["Reader"].mode = "add"

    assert viewer.help == "? shows all keys"


def test_a_closed_panel_leaves_no_word_of_its_keys_at_the_foot_of_the_window(open_desk):
    viewer = open_desk.viewer
    sharing = MouseSharing(viewer, open_desk.pool, open_desk.binding.hand, open_desk.say)
    viewer.layers.selection.active = viewer.layers["Reader"]
    assert viewer.help

    sharing.close()

    assert viewer.help == ""
