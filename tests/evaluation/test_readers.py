"""Distances between readers, with numbers by hand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation.readers import compare_readers, pair_of, person_of, readers_text

NAMES = ("apex", "angle")
NOWHERE = (math.nan, math.nan)
# The second reader lies 3 down and 4 right (5 px), then 0 and 2; the angle was read twice in the first image alone.
ANN = {1: [(10, 10), (50, 50)], 2: [(20, 20), NOWHERE]}
BOB = {1: [(13, 14), (50, 53)], 2: [(20, 22), (9, 9)], 3: [(1, 1), (2, 2)]}
NO_SPACING = {1: None, 2: None, 3: None}


def a_reading(points):
    return {image: Landmarks.placed(NAMES, np.array(each, dtype=float)) for image, each in points.items()}


def ann_and_bob(spacings=NO_SPACING):
    return pair_of("ann", "bob", {"ann": a_reading(ANN), "bob": a_reading(BOB)}, spacings)


def test_the_distances_of_a_landmark_are_those_of_the_images_that_both_read():
    apex = ann_and_bob().per_landmark_px["apex"]

    assert (apex.n, apex.mean, apex.median) == (2, 3.5, 3.5)
    assert apex.sd == pytest.approx(math.sqrt(4.5))  # (5 - 3.5)^2 + (2 - 3.5)^2 over 1
    assert apex.p95 == pytest.approx(4.85)  # 2 + 0.95 * 3
    assert (apex.shift_y, apex.shift_x) == (1.5, 3.0)


def test_a_landmark_that_was_read_twice_once_has_no_deviation():
    angle = ann_and_bob().per_landmark_px["angle"]

    assert (angle.n, angle.mean) == (1, 3.0)
    assert math.isnan(angle.sd)


def test_over_all_landmarks_the_image_is_the_unit_and_percentiles_are_pooled():
    pair = ann_and_bob()

    assert pair.n_images == 2
    assert pair.all_px.mean == 3.0  # of the images' means (5 + 3) / 2 = 4 and 2
    assert pair.all_px.sd == pytest.approx(math.sqrt(2))
    assert pair.all_px.median == 3.0  # of 2, 3 and 5
    assert pair.all_px.n == 3


def test_millimetres_are_along_each_axis_its_own():
    pair = ann_and_bob({1: (2.0, 0.5), 2: (2.0, 0.5), 3: None})

    apex = pair.per_landmark_mm["apex"]
    assert apex.mean == pytest.approx((math.hypot(6, 2) + 1) / 2)
    assert (apex.shift_y, apex.shift_x) == (3.0, 1.5)


def test_there_are_no_millimetres_where_an_image_has_no_spacing():
    pair = ann_and_bob({1: (2.0, 0.5), 2: None, 3: None})

    assert pair.per_landmark_mm is None
    assert pair.all_mm is None


def test_a_landmark_that_one_placed_and_the_other_called_absent_is_counted_apart():
    ann = {1: Landmarks(NAMES, np.array([[1.0, 1.0], NOWHERE]), (LandmarkState.PLACED, LandmarkState.ABSENT))}
    bob = a_reading({1: [(1, 1), (2, 2)]})

    pair = pair_of("ann", "bob", {"ann": ann, "bob": bob}, NO_SPACING)

    assert pair.n_split == 1
    assert pair.per_landmark_px["angle"].n == 0


def test_three_readers_make_three_pairs_and_those_without_common_images_none():
    readings = {"ann": a_reading(ANN), "bob": a_reading(BOB), "cay": a_reading({3: [(1, 1), (2, 2)]})}

    pairs = compare_readers(readings, NO_SPACING)

    assert [(pair.first, pair.second) for pair in pairs] == [("ann", "bob"), ("bob", "cay")]


@pytest.mark.parametrize(
    ("reader", "person"),
    [("ann", "ann"), ("ann, reading 2", "ann"), ("ann,Reading 12", "ann"), ("reading room", "reading room")],
)
def test_a_further_reading_is_of_the_same_person(reader, person):
    assert person_of(reader) == person


def test_the_table_says_whether_it_is_one_person():
    again = compare_readers({"ann": a_reading(ANN), "ann, reading 2": a_reading(BOB)}, NO_SPACING)
    other = compare_readers({"ann": a_reading(ANN), "bob": a_reading(BOB)}, NO_SPACING)

    assert "intra-reader error, 2 images" in readers_text(again, {})
    assert "inter-reader error, 2 images" in readers_text(other, {})


def test_the_table_has_a_line_a_landmark_and_one_for_all():
    lines = readers_text(compare_readers({"a": a_reading(ANN), "b": a_reading(BOB)}, NO_SPACING), {"apex": "Apex"})

    assert [line.split()[:2] for line in lines.splitlines()[2:]] == [
        ["Apex", "3.50"],
        ["angle", "3.00"],
        ["all", "landmarks"],
    ]


def test_what_is_no_number_is_null_in_json():
    plain = json.loads(json.dumps(ann_and_bob().to_json(), allow_nan=False))

    assert plain["per_landmark_px"]["angle"]["sd"] is None
    assert plain["is_one_person"] is False


@given(
    arrays(np.float64, (3, 2, 2), elements=st.floats(0, 1000)),
    arrays(np.float64, (3, 2, 2), elements=st.floats(0, 1000)),
)
def test_distances_are_symmetric_and_shifts_turn_round(mine, theirs):
    readings = {
        name: {image: Landmarks.placed(NAMES, points[image]) for image in range(3)}
        for name, points in (("ann", mine), ("bob", theirs))
    }

    there, back = pair_of("ann", "bob", readings, {}), pair_of("bob", "ann", readings, {})

    assert there.all_px.mean == pytest.approx(back.all_px.mean)
    assert there.all_px.shift_y == pytest.approx(-back.all_px.shift_y)
