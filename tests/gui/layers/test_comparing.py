"""Compared runs in the viewer: cells, names, heatmaps and error lines."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, Placement
from napari_kdland.gui.compat import grid_of
from napari_kdland.gui.layers.comparing import CURRENT, MAXIMUM, OFF, Scene, Shown, Wish
from napari_kdland.gui.layers.style import STUDENTS, TEACHER
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
    scene = Scene(session.record, session.radiograph, truth, current)
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
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER), wish=Wish(side_by_side=False))

    assert not grid_of(open_desk.viewer).enabled
    assert not group.radiograph.visible
    assert group.landmarks.visible


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
    scene = Scene(session.record, session.radiograph, session.landmarks, None, desk.companions.masks)
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
    group, said = of_regions(region_desk, "big", side_by_side=False)

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

    mask_desk.compared.show(Scene(session.record, session.radiograph, session.landmarks, None), [shown], Wish())

    assert not mask_desk.pool.runs(1)[0].heatmap.data.any()


def test_a_channel_has_a_cell_of_its_own(open_desk):
    channel = open_desk.pool.channel()

    show(open_desk, a_prediction(open_desk, "big", TEACHER))

    grid, layers = grid_of(open_desk.viewer), list(open_desk.viewer.layers)
    assert grid.position(layers.index(channel), layers) not in {grid.position(0, layers), grid.position(4, layers)}
    assert tuple(channel.translate) == (0, 0)

    open_desk.compared.clear()
    assert tuple(channel.translate) == (0, 51)
