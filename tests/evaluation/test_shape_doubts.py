"""Tests of napari_kdland.evaluation.shape_doubts, model_doubts and doubts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.evaluation.doubts import CERTAIN, Doubt, Doubts
from napari_kdland.evaluation.model_doubts import disagreements
from napari_kdland.evaluation.shape_doubts import Labels, outliers, swaps

NAMES = ("right_apex", "left_apex", "right_angle", "left_angle", "border", "wall")
PAIRS = (("right_apex", "left_apex"), ("right_angle", "left_angle"))
# (y, x): the patient's right is on the left.
SHAPE = np.array([[60.0, 150], [60, 350], [400, 60], [400, 450], [300, 180], [250, 440]])


def some_labels(n: int = 40, sd: float = 6.0, seed: int = 0) -> Labels:
    """Shapes that vary landmark by landmark, and are shifted, turned and resized from image to image."""
    rng = np.random.default_rng(seed)
    angle, scale = rng.normal(0, 0.05, n), rng.uniform(0.8, 1.2, n)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    own = SHAPE + rng.normal(0, sd, (n, *SHAPE.shape))
    points = scale[:, None, None] * (own @ turn.transpose(0, 2, 1)) + rng.normal(0, 20, (n, 1, 2))
    images = tuple(f"{row:03}.png" for row in range(n))
    return Labels(images, NAMES, points, np.full((n, 2), 512.0), PAIRS)


def changed(labels: Labels, row: int, landmark: int, by: tuple[float, float]) -> Labels:
    points = labels.points.copy()
    points[row, landmark] += by
    return replace(labels, points=points)


def swapped(labels: Labels, row: int) -> Labels:
    points = labels.points.copy()
    points[row, [0, 1]] = points[row, [1, 0]]
    return replace(labels, points=points)


def test_sound_labels_are_not_doubted():
    labels = some_labels(100)

    assert swaps(labels) == ([], [])
    assert len(outliers(labels)[0]) <= 1


def test_a_swapped_pair_is_doubted_at_both_landmarks_and_nothing_else():
    found, notes = swaps(swapped(some_labels(), 7))

    assert [(one.image, one.landmark, one.kind) for one in found] == [
        ("007.png", "right_apex", "swap"),
        ("007.png", "left_apex", "swap"),
    ]
    assert "left and right look swapped" in found[0].reason
    assert notes == []


def test_which_way_round_a_pair_stands_is_not_asked_of_four_images():
    found, notes = swaps(swapped(some_labels(4), 0))

    assert found == []
    assert notes[0] == (
        "right_apex and left_apex are placed in 4 images; which way round they stand is asked from 5 on."
    )


def test_a_landmark_that_was_shifted_is_doubted_and_its_distance_told():
    found, _ = outliers(changed(some_labels(), 3, 4, (70, 0)))

    first = found[0]
    assert (first.image, first.landmark, first.kind) == ("003.png", "border", "geometry")
    assert 50 < float(first.reason.split("lies ")[1].split(" px")[0]) < 90
    assert not [one for one in found if one.image == "003.png" and one.landmark != "border"]


def test_two_shifted_landmarks_of_one_image_are_both_found():
    labels = changed(changed(some_labels(), 3, 4, (90, 0)), 3, 0, (0, -90))

    assert {one.landmark for one in outliers(labels)[0] if one.image == "003.png"} >= {"border", "right_apex"}


@given(st.floats(0.2, 5), st.floats(-200, 200))
def test_shape_does_not_care_for_the_size_and_the_place_of_the_image(factor: float, shift: float):
    labels = changed(some_labels(), 3, 4, (70, 0))
    moved = replace(labels, points=factor * labels.points + shift)

    pairs = zip(outliers(labels)[0], outliers(moved)[0], strict=True)
    assert all(
        (a.image, a.landmark, pytest.approx(a.score, rel=1e-6)) == (b.image, b.landmark, b.score) for a, b in pairs
    )


def test_few_images_do_not_say_how_a_shape_varies():
    found, (note,) = outliers(changed(some_labels(11), 3, 4, (200, 0)))

    assert found == []
    assert note.startswith("11 images have four landmarks or more; how a shape varies is not known below 12")


def test_of_twelve_images_only_the_gross_is_doubted():
    assert len(outliers(some_labels(12))[0]) <= 1
    assert outliers(changed(some_labels(12), 3, 4, (200, 0)))[0][0].image == "003.png"


def test_missing_landmarks_are_neither_doubted_nor_missed():
    labels = changed(some_labels(), 3, 4, (90, 0))
    points = labels.points.copy()
    points[:20, 5] = np.nan
    points[3, 0] = np.nan

    found, _ = outliers(replace(labels, points=points))

    assert (found[0].image, found[0].landmark) == ("003.png", "border")


def test_a_label_that_networks_contradict_is_doubted():
    labels = some_labels()
    predicted = labels.points + np.random.default_rng(1).normal(0, 5, labels.points.shape)
    wrong = changed(labels, 9, 2, (60, 0))

    found, notes = disagreements(wrong, predicted)

    worst = max(found, key=lambda one: one.score)
    assert (worst.image, worst.landmark, worst.kind) == ("009.png", "right_angle", "disagreement")
    assert len(found) <= 2
    assert "networks that never saw this image see right_angle" in worst.reason
    assert notes == []


def test_a_landmark_that_the_networks_themselves_put_elsewhere_says_little_of_the_label():
    labels = some_labels()
    predicted = labels.points + np.random.default_rng(1).normal(0, 5, labels.points.shape)
    lost = predicted.copy()
    lost[9, 2] += (60, 0)

    found, _ = disagreements(labels, lost)
    wrong, _ = disagreements(changed(labels, 9, 2, (60, 0)), predicted)

    # As far off in both; only where the networks' own shape is sound the label is to blame.
    (doubt,) = [one for one in wrong if (one.image, one.landmark) == ("009.png", "right_angle")]
    again = [one.score for one in found if (one.image, one.landmark) == ("009.png", "right_angle")]
    assert max(again, default=0) < doubt.score / 2


def test_how_large_errors_usually_are_is_not_known_of_five():
    labels = some_labels(5)

    found, (note,) = disagreements(changed(labels, 0, 0, (300, 0)), labels.points)

    assert found == []
    assert "right_apex, left_apex" in note
    assert "fewer than 6 labels have a prediction" in note


def test_what_is_certain_comes_first_and_images_are_named_once():
    lines = [
        Doubt("b.png", "border", "geometry", 6.0, "far."),
        Doubt("a.png", "", "patient", CERTAIN, "same."),
        Doubt("b.png", "border", "disagreement", 8.0, "seen."),
    ]

    doubts = Doubts.of(lines, ["a note"], 5)

    assert doubts.images == ("a.png", "b.png")
    assert doubts.scores_of("b.png") == (8.0, {"border": 8.0})
    assert doubts.scores_of("a.png") == (CERTAIN, {})
    assert json.loads(json.dumps(doubts.to_json()))["doubts"][1]["reason"] == "seen."
