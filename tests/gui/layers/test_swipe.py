"""Parting an image between two sources; no Qt here."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, Placement
from napari_kdland.gui.layers.swipe import WHOLE, Part, SplitHandle, parts_of, split_line

splits = st.floats(0, 1)
sizes = st.integers(20, 3000)


@given(splits, sizes, sizes)
def test_the_two_halves_of_a_heatmap_make_it_whole_again_where_the_line_is(split, height, width):
    placement = Placement.letterbox((height, width), (64, 64))
    scale, translate = placement.heatmap_scale, placement.heatmap_translate
    heat = np.random.default_rng(0).random((32, 32))

    left, right = parts_of(split, width, scale=scale, left=translate[1])
    mine, at_left = left.of_columns(heat, scale=scale, translate=translate)
    theirs, at_right = right.of_columns(heat, scale=scale, translate=translate)

    assert left.stop == right.start
    assert_allclose(np.concatenate([mine, theirs], axis=1), heat)
    assert_allclose(at_left, translate)
    if 0 < theirs.shape[1] < 32:
        assert_allclose(at_right[1] - scale / 2, left.stop)


@given(splits, sizes)
def test_the_line_lies_within_half_a_column_of_where_it_is_wanted(split, width):
    left, _ = parts_of(split, width, scale=8.0, left=3.5)

    assert abs(left.stop - (split * width - 0.5)) <= 4.0 + 1e-9


@given(splits, st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=8))
def test_each_landmark_is_on_one_side_and_keeps_its_place(split, points):
    landmarks = Landmarks.placed(tuple(f"mark_{i}" for i in range(len(points))), np.array(points))

    sides = [part.of_landmarks(landmarks) for part in parts_of(split, 50)]

    seen = np.stack([side.has_point for side in sides])
    assert (seen.sum(axis=0) == 1).all()
    assert_allclose(np.where(seen[0][:, None], sides[0].points, sides[1].points), landmarks.points)


def test_a_whole_part_cuts_nothing():
    heat = np.ones((4, 5))

    assert WHOLE.is_whole
    assert WHOLE.of_columns(heat)[0].shape == (4, 5)


def test_the_line_goes_from_edge_to_edge_of_the_image():
    line = split_line(Part(stop=12.5), (40, 30))

    assert_allclose(line.lines, [[[-0.5, 12.5], [40.0, 0.0]]])


def a_press(x, **changes):
    return SimpleNamespace(type="mouse_press", position=(5.0, x), button=1, modifiers=(), handled=False, **changes)


def dragged(start, *path, line=20.0):
    """Press at x, move on, release; gives where the line was moved to and whether the press was taken."""
    viewer, moved = SimpleNamespace(mouse_drag_callbacks=[]), []
    handle = SplitHandle(viewer, lambda: line, moved.append)
    event = a_press(start, camera_zoom=2.0)
    gesture = viewer.mouse_drag_callbacks[0](viewer, event)
    next(gesture, None)
    taken = event.handled
    for x in path:
        event.type, event.position = "mouse_move", (5.0, x)
        next(gesture, None)
    event.type = "mouse_release"
    next(gesture, None)
    handle.close()
    return moved, taken, viewer.mouse_drag_callbacks


def test_a_press_on_the_line_drags_it():
    moved, taken, left = dragged(22.0, 30.0, 35.0)

    assert (moved, taken) == ([30.0, 35.0], True)
    assert left == []


def test_a_press_beside_the_line_is_left_to_others():
    assert dragged(40.0, 45.0)[:2] == ([], False)


def test_without_a_line_nothing_is_dragged():
    assert dragged(20.0, 45.0, line=None)[:2] == ([], False)
