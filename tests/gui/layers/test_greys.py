"""Windows and layers: what is shown, what napari's own slider does, and Ctrl with a drag."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.gui.layers.window_drag import WindowDrag
from napari_kdland.images.presets import LUNG, MIDDLE, Preset
from napari_kdland.session.album import Picture
from tests.session.factories import drain

pytestmark = pytest.mark.gui


def limits(layer):
    return tuple(layer.contrast_limits)


def wanted(desk):
    return desk.windowing.look.low, desk.windowing.look.high


def halved(values):
    return values / 510


def test_a_preset_moves_the_limits_and_leaves_the_data_alone(open_desk):
    layer = open_desk.pool.reader.radiograph
    before = layer.data

    open_desk.windowing.choose(LUNG)

    assert limits(layer) == wanted(open_desk)
    assert layer.data is before


def test_naparis_own_slider_is_a_window_by_hand(open_desk):
    open_desk.pool.reader.radiograph.contrast_limits = (20, 90)

    assert open_desk.windowing.look.is_by_hand
    assert wanted(open_desk) == (20, 90)


def test_the_next_image_has_its_own_limits_and_the_first_one_keeps_its(open_desk, runner):
    open_desk.pool.reader.radiograph.contrast_limits = (20, 90)
    open_desk.session.paging.go_next()
    drain(runner)
    next_one = limits(open_desk.pool.reader.radiograph)

    open_desk.session.paging.go_previous()
    drain(runner)

    assert next_one == wanted_range(open_desk)
    assert limits(open_desk.pool.reader.radiograph) == (20, 90)


def wanted_range(desk):
    """Give the smallest and the largest value of the image after the one on screen."""
    _, after = desk.session.listing.neighbours(desk.session.project.records, desk.session.record.image_id)
    values = desk.session.paging._album.get(after).values
    return float(values.min()), float(values.max())


def test_naparis_slider_reaches_over_the_whole_image(open_desk):
    open_desk.windowing.choose(LUNG)

    values = open_desk.session.radiograph.values
    assert open_desk.pool.reader.radiograph.contrast_limits_range == [values.min(), values.max()]


def test_a_curve_is_shown_between_its_own_ends(open_desk):
    picture = open_desk.session.radiograph
    open_desk.session.radiograph = Picture(picture.values, (Preset("VOI LUT", 0, 1, curve=halved), *picture.presets))

    open_desk.windowing.choose("VOI LUT")

    layer = open_desk.pool.reader.radiograph
    assert_allclose(layer.data, picture.values / 510)
    assert limits(layer) == (0, 1)
    assert layer.contrast_limits_range == [0, 1]


def test_the_layers_of_compared_runs_follow_where_they_are_seen(open_desk):
    first, second = (group.radiograph for group in open_desk.pool.runs(2))
    first.visible, second.visible = True, False

    open_desk.windowing.choose(MIDDLE)

    assert limits(first) == wanted(open_desk)
    assert limits(second) != wanted(open_desk)
    assert first.data is open_desk.session.radiograph.values


def test_a_radiograph_that_the_user_deleted_comes_back_with_its_window(open_desk):
    open_desk.windowing.choose(LUNG)
    open_desk.viewer.layers.remove(open_desk.pool.reader.radiograph)

    open_desk.windowing.choose(MIDDLE)

    assert open_desk.pool.reader.radiograph in open_desk.viewer.layers
    assert limits(open_desk.pool.reader.radiograph) == wanted(open_desk)


def an_event(kind, x, y, *, button=1, modifiers=("Control",)):
    return SimpleNamespace(type=kind, pos=np.array([x, y]), button=button, modifiers=modifiers, handled=False)


def drag(desk, *path, **press):
    """Press at the first (x, y), move through the others and let go at the last; gives whether each was taken."""
    event = an_event("mouse_press", *path[0], **press)
    gesture = WindowDrag(desk.windowing)(desk.viewer, event)
    kinds = ["mouse_press", *["mouse_move"] * (len(path) - 1), "mouse_release"]
    taken = []
    for kind, place in zip(kinds, [*path, path[-1]], strict=True):
        event.__dict__.update(an_event(kind, *place, **press).__dict__)
        next(gesture, None)
        taken.append(event.handled)
    return taken


def test_ctrl_and_a_drag_change_the_window_and_hold_the_camera(open_desk):
    low, high = wanted(open_desk)

    taken = drag(open_desk, (100, 100), (180, 100), (180, 140))

    middle = open_desk.session.radiograph.preset(MIDDLE)
    span = middle.high - middle.low
    after = wanted(open_desk)
    assert_allclose(after[1] - after[0], high - low + 0.1 * span, rtol=1e-6)
    assert_allclose(sum(after) / 2, (low + high) / 2 + 0.05 * span, rtol=1e-6)
    assert taken == [True, True, True, False]
    assert_allclose(limits(open_desk.pool.reader.radiograph), after)


@pytest.mark.parametrize("press", [{"button": 2}, {"modifiers": ()}, {"modifiers": ("Control", "Shift")}])
def test_other_buttons_and_keys_leave_the_window_alone(open_desk, press):
    taken = drag(open_desk, (100, 100), (180, 140), **press)

    assert not open_desk.windowing.look.is_by_hand
    assert taken == [False] * 3


def test_where_a_tool_of_naparis_is_chosen_ctrl_belongs_to_it(open_desk):
    open_desk.pool.reader.landmarks.mode = "select"

    drag(open_desk, (100, 100), (180, 140))

    assert not open_desk.windowing.look.is_by_hand


def test_ctrl_and_a_click_place_no_landmark(open_desk):
    event = SimpleNamespace(
        **an_event("mouse_press", 80, 40).__dict__, position=(10.0, 20.0), viewbox=(0, 0), camera_zoom=4.0
    )

    assert list(open_desk.binding.hand(open_desk.pool.reader.landmarks, event)) == []
    assert open_desk.session.landmarks.n_known == 0


def test_inverting_changes_the_colours_and_nothing_else(open_desk):
    layer = open_desk.pool.reader.radiograph
    before = layer.data.copy(), limits(layer)

    open_desk.actions.invert()

    assert layer.colormap.name == "gray_r"
    assert_array_equal(layer.data, before[0])
    assert limits(layer) == before[1]


def test_a_project_is_inverted_again_when_it_is_opened_again(open_desk, runner):
    open_desk.actions.invert()
    path = open_desk.session.project.path

    open_desk.session.close()
    open_desk.session.open(path)
    drain(runner)
    assert open_desk.pool.reader.radiograph.colormap.name == "gray_r"

    open_desk.actions.invert()
    assert open_desk.pool.reader.radiograph.colormap.name == "gray"
