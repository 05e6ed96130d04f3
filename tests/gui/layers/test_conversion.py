"""From landmarks and heatmaps to what napari's layers take; no Qt here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState, Placement
from napari_kdland.gui.layers.conversion import Frame, error_lines, heat_image, heat_transform, marks_of
from napari_kdland.gui.layers.style import HUMAN, STUDENTS, TEACHER, styles_of
from napari_kdland.images.radiograph import Spacing

PLACED, OCCLUDED, UNCERTAIN = LandmarkState.PLACED, LandmarkState.OCCLUDED, LandmarkState.UNCERTAIN
ABSENT, NOT_YET = LandmarkState.ABSENT, LandmarkState.NOT_YET


def landmarks_with(states):
    points = [[10.0 * i, 5.0 * i] if state.has_point else [np.nan, np.nan] for i, state in enumerate(states)]
    return Landmarks(tuple(f"mark_{i}" for i in range(len(states))), np.array(points), tuple(states))


@given(st.lists(st.sampled_from(list(LandmarkState)), min_size=1, max_size=12))
def test_no_nan_and_no_pointless_landmark_ever_enters_a_layer(states):
    landmarks = landmarks_with(states)

    marks = marks_of(landmarks, HUMAN, height=500, current="mark_0", title="First")

    assert np.isfinite(marks.points).all()
    assert len(marks.names) == len(marks.labels) == len(marks.symbols) == len(marks.colours) == len(marks.sizes)
    assert marks.names == tuple(name for name, state, _ in landmarks if state.has_point)


def test_points_without_any_landmark_are_an_empty_table_of_two_columns():
    marks = marks_of(landmarks_with([ABSENT, NOT_YET]), HUMAN, height=500)

    assert marks.points.shape == (0, 2)
    assert marks.colours.shape == (0, 4)


def test_a_landmark_keeps_its_number_when_one_before_it_is_absent():
    marks = marks_of(landmarks_with([ABSENT, PLACED, PLACED]), HUMAN, height=500)

    assert marks.labels == ("2", "3")


def test_the_current_landmark_shows_its_title_and_a_colour_of_its_own():
    marks = marks_of(landmarks_with([PLACED, PLACED]), HUMAN, height=500, current="mark_1", title="Left apex")

    assert marks.labels == ("1", "Left apex")
    assert tuple(marks.colours[1]) != tuple(marks.colours[0])


def test_occluded_and_uncertain_say_so():
    marks = marks_of(landmarks_with([OCCLUDED, UNCERTAIN]), HUMAN, height=500)

    assert marks.labels == ("1 (hidden)", "2 ?")


def test_what_a_run_is_not_sure_of_says_to_look_there():
    marks = marks_of(landmarks_with([PLACED, UNCERTAIN]), STUDENTS[0], height=500)

    assert marks.labels == ("1", "2 look here")
    assert marks.colours[1, 3] < marks.colours[0, 3]


def test_sources_differ_in_shape_not_only_in_colour():
    styles = styles_of(["big", "plain", "kd", "other"], teachers=["big"], baseline="plain")

    assert styles["big"] is TEACHER
    assert len({style.symbol for style in styles.values()} | {HUMAN.symbol}) == 5


def test_a_sixth_student_starts_the_row_of_styles_again():
    runs = [f"run-{i}" for i in range(6)]

    assert styles_of(runs)["run-5"] is STUDENTS[0]


def test_an_error_runs_from_the_prediction_to_the_truth():
    predicted, truth = landmarks_with([PLACED, PLACED, ABSENT]), landmarks_with([PLACED, ABSENT, PLACED])
    moved = Landmarks(truth.names, truth.points + np.array([3.0, -4.0]), truth.states)

    errors = error_lines(predicted, moved, spacing=None, height=400)

    assert errors.names == ("mark_0",)
    assert_allclose(errors.lines, [[[0.0, 0.0], [3.0, -4.0]]])


@pytest.mark.parametrize(("mm", "same"), [(1.9, True), (2.1, False)])
def test_the_colour_of_an_error_changes_at_two_millimetres(mm, same):
    spacing = Spacing(0.5, 0.5, "PixelSpacing")
    exact, predicted = landmarks_with([PLACED]), landmarks_with([PLACED])
    moved = Landmarks(exact.names, exact.points + np.array([mm / 0.5, 0.0]), exact.states)

    small = error_lines(predicted, exact, spacing=spacing, height=400).colours[0]
    colour = error_lines(predicted, moved, spacing=spacing, height=400).colours[0]

    assert (tuple(small) == tuple(colour)) == same


def test_truth_in_another_order_is_matched_by_name():
    predicted = landmarks_with([PLACED, PLACED])
    truth = predicted.reordered(predicted.names[::-1])

    errors = error_lines(predicted, truth, spacing=None, height=400)

    assert_allclose(errors.lines[:, 1], 0)


def test_a_heatmap_is_one_landmark_or_the_maximum_and_never_nan():
    heatmaps = np.zeros((2, 3, 4), dtype=np.float16)
    heatmaps[0, 1, 1], heatmaps[1, 2, 2], heatmaps[1, 0, 0] = 0.5, 0.25, np.nan

    assert heat_image(heatmaps, 0)[1, 1] == 0.5
    assert heat_image(heatmaps, None)[1, 1] == 0.5
    assert np.isfinite(heat_image(heatmaps, 1)).all()
    assert heat_image(heatmaps, None).dtype == np.float32


@given(st.integers(100, 3000), st.integers(100, 3000), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
def test_a_heatmap_lies_on_its_radiograph_in_world_units(height, width, row_mm, column_mm):
    placement = Placement.letterbox((height, width), (256, 256))
    frame = Frame.of(Spacing(row_mm, column_mm, "user"))
    point = np.array([height * 0.3, width * 0.7])

    scale, translate = heat_transform(frame, placement.heatmap_scale, placement.heatmap_translate)

    on_heatmap = placement.to_heatmap(point) * scale + translate
    assert_allclose(on_heatmap, point * frame.scale, atol=1e-6)


def test_without_spacing_the_frame_is_in_pixels():
    assert Frame.of(None) == Frame((1.0, 1.0), "pixel")
    assert Frame.of(Spacing(0.1, 0.2, "user")).units == ("mm", "mm")
