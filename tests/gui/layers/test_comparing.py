"""Compared runs in the viewer: cells, names, heatmaps and error lines."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, Placement
from napari_kdland.gui.compat import colorbar_of, grid_of, name_overlay_of
from napari_kdland.gui.layers.scene import CURRENT, MAXIMUM, OFF, Scene, Shown, Spread, View, Wish
from napari_kdland.gui.layers.style import READERS, STUDENTS, TEACHER
from napari_kdland.session.outlines import Outlined
from tests.session.factories import NAMES, some_regions

pytestmark = pytest.mark.gui

POINTS = np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]])


def a_prediction(desk, run, style, offset=0.0):
    placement = Placement.letterbox(desk.session.record.size, (64, 64))
    heatmaps = np.zeros((3, 32, 32), np.float16)
    heatmaps[0, 5, 6], heatmaps[1, 10, 11] = 0.5, 1.0
    landmarks = Landmarks.placed(NAMES, POINTS + offset)
    return Shown(run, style, landmarks, heatmaps, placement.heatmap_scale, placement.heatmap_translate)


def show(desk, *runs, wish=None, current=None):
    session = desk.session
    truth = Landmarks.placed(NAMES, POINTS)
    scene = Scene(session.record, truth, current)
    desk.compared.show(scene, list(runs), wish or Wish())
    return desk.pool.runs(len(runs))


def test_each_run_has_a_cell_beside_the_readers(open_desk):
    teacher, student = a_prediction(open_desk, "big", TEACHER), a_prediction(open_desk, "small", STUDENTS[0])

    show(open_desk, teacher, student)

    grid, layers = grid_of(open_desk.viewer), list(open_desk.viewer.layers)
    cells = {grid.position(index, layers) for index, layer in enumerate(layers) if layer.visible}
    assert grid.enabled
    assert len(cells) == 3
    assert grid.position(0, layers) == (0, 0)
    assert [layer.name for layer in layers[4:8]] == ["big radiograph", "big heatmap", "big errors", "big"]


def test_a_run_has_its_own_shape_and_the_same_radiograph(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER))

    assert {str(symbol) for symbol in group.landmarks.symbol} == {"triangle_up"}
    assert group.radiograph.data is open_desk.session.radiograph.values


def test_error_lines_lead_from_the_prediction_to_the_truth(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER, offset=3.0))

    assert_allclose(group.errors.data[:, 0], POINTS + 3)
    assert_allclose(group.errors.data[:, 1], -3)
    assert group.errors.visible


@pytest.mark.parametrize(
    ("wish", "current", "peak"), [(MAXIMUM, None, 1.0), (CURRENT, "apex", 0.5), (CURRENT, None, 1.0)]
)
def test_the_heatmap_is_that_of_the_current_landmark_or_the_maximum(open_desk, wish, current, peak):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER), wish=Wish(heatmap=wish), current=current)

    assert group.heatmap.visible
    assert group.heatmap.data.max() == peak
    assert tuple(group.heatmap.contrast_limits) == (0.0, 1.0)


def test_a_heatmap_can_be_switched_off(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER), wish=Wish(heatmap=OFF))

    assert not group.heatmap.visible


def test_overlaid_runs_lie_on_the_readers_radiograph(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER), wish=Wish(view=View.OVERLAY))

    assert not grid_of(open_desk.viewer).enabled
    assert not group.radiograph.visible
    assert group.landmarks.visible


def test_no_overlaid_heatmap_or_line_hides_a_landmark_and_the_readers_rings_are_on_top(open_desk):
    runs = a_prediction(open_desk, "big", TEACHER), a_prediction(open_desk, "small", STUDENTS[0])

    show(open_desk, *runs, wish=Wish(view=View.OVERLAY))

    seen = [layer.name for layer in open_desk.viewer.layers if layer.visible]
    heatmaps, lines = ["big heatmap", "small heatmap"], ["big errors", "small errors"]
    assert seen == ["Radiograph", *heatmaps, *lines, "Prediction", "big", "small", "Reader"]


def test_side_by_side_after_an_overlay_each_source_has_its_cell_again(open_desk):
    runs = a_prediction(open_desk, "big", TEACHER), a_prediction(open_desk, "small", STUDENTS[0])
    show(open_desk, *runs, wish=Wish(view=View.OVERLAY))

    show(open_desk, *runs)

    assert list(open_desk.viewer.layers) == list(open_desk.pool)


def test_fewer_runs_hide_the_layers_of_those_before(open_desk):
    two = show(open_desk, a_prediction(open_desk, "big", TEACHER), a_prediction(open_desk, "small", STUDENTS[0]))

    show(open_desk, a_prediction(open_desk, "big", TEACHER))

    assert not any(layer.visible for layer in two[1])
    assert len(open_desk.viewer.layers) == 12


def test_clearing_leaves_the_grid(open_desk):
    show(open_desk, a_prediction(open_desk, "big", TEACHER))

    open_desk.compared.clear()

    assert not grid_of(open_desk.viewer).enabled
    assert [layer.name for layer in open_desk.viewer.layers if layer.visible] == ["Radiograph", "Prediction", "Reader"]


def test_a_layer_of_the_users_does_not_shift_the_cells(open_desk):
    foreign = open_desk.viewer.add_points(np.zeros((1, 2)), name="mine")
    open_desk.viewer.layers.move(open_desk.viewer.layers.index(foreign), 0)

    show(open_desk, a_prediction(open_desk, "big", TEACHER))

    assert [layer.name for layer in open_desk.viewer.layers][:4] == ["Radiograph", "Heatmap", "Prediction", "Reader"]


def of_regions(desk, run, **wish):
    session, said = desk.session, Outlined.of(some_regions(shift=3))
    shown = Shown(run, TEACHER, Landmarks.not_yet(NAMES), None, masks=said)
    scene = Scene(session.record, session.landmarks, None, desk.companions.masks)
    desk.compared.show(scene, [shown], Wish(**wish))
    return desk.pool.runs(1)[0], said


def test_a_run_shows_its_regions_over_the_readers_in_white(region_desk):
    group, said = of_regions(region_desk, "big")

    assert group.masks.data is said.rims
    assert group.truth_masks.data is region_desk.companions.masks.rims
    assert group.masks.visible
    assert group.truth_masks.visible
    assert [layer.name for layer in group][2:4] == ["big masks (reader)", "big masks"]


def test_overlaid_regions_have_gaps_and_leave_the_readers_to_the_reader(region_desk):
    group, said = of_regions(region_desk, "big", view=View.OVERLAY)

    assert group.masks.data is said.dashed
    assert not group.truth_masks.visible
    assert region_desk.pool.reader.masks.visible


@pytest.mark.parametrize(("wish", "visible"), [("errors", (True, False)), ("regions", (False, False))])
def test_regions_and_the_readers_below_them_can_be_switched_off(region_desk, wish, visible):
    group, _ = of_regions(region_desk, "big", **{wish: False})

    assert (group.masks.visible, group.truth_masks.visible) == visible


def test_a_run_that_knows_no_regions_shows_none_also_after_one_that_does(region_desk):
    of_regions(region_desk, "big")

    (group,) = show(region_desk, a_prediction(region_desk, "small", TEACHER))

    assert not group.masks.data.any()
    assert not group.truth_masks.data.any()


def test_without_landmarks_there_is_no_heatmap(mask_desk):
    session = mask_desk.session
    shown = Shown("big", TEACHER, Landmarks.not_yet(()), np.zeros((0, 8, 8), np.float16))

    mask_desk.compared.show(Scene(session.record, session.landmarks, None), [shown], Wish())

    assert not mask_desk.pool.runs(1)[0].heatmap.data.any()


def test_a_channel_has_a_cell_of_its_own(open_desk):
    channel = open_desk.pool.channel()

    show(open_desk, a_prediction(open_desk, "big", TEACHER))

    grid, layers = grid_of(open_desk.viewer), list(open_desk.viewer.layers)
    assert grid.position(layers.index(channel), layers) not in {grid.position(0, layers), grid.position(4, layers)}
    assert tuple(channel.translate) == (0, 0)

    open_desk.compared.clear()
    assert tuple(channel.translate) == (0, 51)


def two(desk, **wish):
    """Show a teacher, and a student five pixels further down and right, in one view."""
    runs = a_prediction(desk, "big", TEACHER), a_prediction(desk, "small", STUDENTS[0], offset=5.0)
    return show(desk, *runs, wish=Wish(**wish))


def visible(groups):
    return [group.landmarks.visible for group in groups]


def test_a_swipe_shows_each_source_on_its_side_of_the_line(open_desk):
    big, small = two(open_desk, view=View.SWIPE, split=0.5)

    line = big.errors.data[-1]
    assert (big.landmarks.data[:, 1] < line[0, 1]).all()
    assert (small.landmarks.data[:, 1] >= line[0, 1]).all()
    assert big.heatmap.data.shape[1] + small.heatmap.data.shape[1] == 32
    assert small.heatmap.translate[1] > big.heatmap.translate[1]


def test_moving_the_line_moves_the_cut_and_keeps_the_rest(open_desk):
    big, small = two(open_desk, view=View.SWIPE)

    open_desk.compared.move_split(0.0)
    assert len(big.landmarks.data) == 0
    assert len(small.landmarks.data) == 3

    open_desk.compared.move_split(1.0)
    assert len(big.landmarks.data) == 3
    assert len(small.landmarks.data) == 0


def test_dragging_the_line_tells_where_it_is_now(open_desk):
    two(open_desk, view=View.SWIPE)
    told = []
    open_desk.compared.split_moved.connect(told.append)

    open_desk.compared._drag_split(24.5)  # of 50 columns, in world units

    assert told == [0.5]


def test_a_swipe_cuts_the_rims_of_regions_too(region_desk):
    session, said = region_desk.session, Outlined.of(some_regions(shift=3))
    shown = [Shown(run, TEACHER, Landmarks.not_yet(NAMES), None, masks=said) for run in ("big", "small")]
    scene = Scene(session.record, session.landmarks, None, region_desk.companions.masks)

    region_desk.compared.show(scene, shown, Wish(view=View.SWIPE, split=0.4))

    left, right = (group.masks for group in region_desk.pool.runs(2))
    assert left.data.shape[1] == 20
    assert right.data.shape[1] == 30
    assert tuple(right.translate) == (0, 20)


def test_blinking_shows_the_second_source_as_long_as_the_key_is_held(open_desk):
    groups = two(open_desk, view=View.BLINK)
    assert visible(groups) == [True, False]

    assert open_desk.compared.hold(True)
    assert visible(groups) == [False, True]

    open_desk.compared.hold(False)
    assert visible(groups) == [True, False]


def test_side_by_side_there_is_nothing_to_blink(open_desk):
    groups = two(open_desk)

    assert not open_desk.compared.hold(True)
    assert visible(groups) == [True, True]


def test_the_pair_may_be_any_two_in_any_order(open_desk):
    groups = two(open_desk, view=View.BLINK, pair=("small", "big"))

    assert visible(groups) == [False, True]


def test_a_difference_is_signed_between_fixed_limits_with_its_colours_beside_it(open_desk):
    big, small = two(open_desk, view=View.DIFFERENCE)

    assert tuple(big.heatmap.contrast_limits) == (-1, 1)
    assert colorbar_of(big.heatmap).visible
    assert not small.heatmap.visible
    assert visible([big, small]) == [True, True]


def test_after_a_difference_heatmaps_look_as_before(open_desk):
    two(open_desk, view=View.DIFFERENCE)

    big, small = two(open_desk)

    assert [tuple(each.heatmap.contrast_limits) for each in (big, small)] == [(0, 1), (0, 1)]
    assert [each.heatmap.visible for each in (big, small)] == [True, True]
    assert not colorbar_of(big.heatmap).visible


def test_a_source_without_heatmap_has_no_difference_to_show(open_desk):
    reading = Shown("ann (reader)", READERS[0], Landmarks.placed(NAMES, POINTS))

    groups = show(open_desk, a_prediction(open_desk, "big", TEACHER), reading, wish=Wish(view=View.DIFFERENCE))

    assert not any(group.heatmap.visible for group in groups)


def test_ellipses_are_drawn_in_the_sources_colour_beside_the_errors(open_desk):
    covariance = np.tile(np.diag([4.0, 9.0]), (3, 1, 1))
    shown = replace(a_prediction(open_desk, "big", TEACHER), covariance=covariance)

    (group,) = show(open_desk, shown, wish=Wish(spread=Spread.MOST))

    n_errors = 3
    assert len(group.errors.data) == n_errors + 3 * 40
    assert len(np.unique(group.errors.edge_color[n_errors:], axis=0)) == 1


def test_the_corner_names_each_source_in_its_colour(open_desk):
    groups = two(open_desk, view=View.OVERLAY)

    overlays = [name_overlay_of(group.landmarks) for group in groups]
    assert all(overlay.visible for overlay in overlays)
    assert tuple(overlays[0].color) != tuple(overlays[1].color)


@pytest.mark.parametrize("view", list(View), ids=str)
def test_a_layer_that_the_user_deletes_or_renames_comes_back(open_desk, view):
    two(open_desk, view=view)
    names = [layer.name for layer in open_desk.viewer.layers]

    for layer in open_desk.pool.runs(2)[0]:
        open_desk.viewer.layers.remove(layer)
    for layer in open_desk.viewer.layers:
        layer.name = "mine"
    two(open_desk, view=view)

    ours = {layer.name for layer in open_desk.viewer.layers}
    assert len(open_desk.viewer.layers) == len(names)
    assert {"big", "small", "big heatmap", "small errors"} <= ours


def test_changes_of_view_and_source_make_no_layer(open_desk):
    rng, wishes = np.random.default_rng(0), [Wish(view=view) for view in View]
    styles = {f"run-{i}": STUDENTS[i] for i in range(5)}
    every = [a_prediction(open_desk, run, style) for run, style in styles.items()]
    show(open_desk, *every)
    n_layers = len(open_desk.viewer.layers)

    for _ in range(40):
        show(open_desk, *every[: rng.integers(1, 6)], wish=wishes[rng.integers(len(wishes))])

    assert len(open_desk.viewer.layers) == n_layers


def test_a_channel_that_goes_leaves_no_empty_cell(open_desk):
    open_desk.pool.channel()
    show(open_desk, a_prediction(open_desk, "big", TEACHER))
    rows, columns = grid_of(open_desk.viewer).shape
    assert rows * columns >= 3

    open_desk.pool.drop_channel()
    open_desk.compared.fit_grid()

    rows, columns = grid_of(open_desk.viewer).shape
    assert rows * columns == 2
