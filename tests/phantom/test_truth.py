import csv

import imageio.v3 as imageio
import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.phantom.truth import Outlines, landmark_points, outlines
from tests.phantom.factories import a_chest, a_projection

SIZE = (220, 240)


def an_ellipse(centre, radii, size=SIZE):
    """Give a field that is positive inside an ellipse, about the distance in pixels."""
    y, x = np.indices(size)
    return (1 - np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1])) * min(radii)


def some_outlines(shift=(0.0, 0.0)):
    down, right = shift
    heart = an_ellipse((140 + down, 130 + right), (50, 42))
    floor = (170 + down) - np.indices(SIZE)[0]
    lungs = {
        name: (an_ellipse((120 + down, x + right), (90, 45)), floor, -heart)
        for name, x in (("right_lung", 60.25), ("left_lung", 180.25))
    }
    return Outlines({**lungs, "heart": (heart,), "cardiomediastinum": (heart + 3,)}, unit=0.5)


def test_an_apex_is_the_top_of_its_lung():
    points = landmark_points(some_outlines())

    assert_allclose(points["right_lung_apex"], (30.0, 60.25), atol=0.13)
    assert_allclose(points["left_lung_apex"], (30.0, 180.25), atol=0.13)


def test_borders_are_the_outermost_points_of_the_heart():
    points = landmark_points(some_outlines())

    assert_allclose(points["heart_right_border"], (140, 88), atol=0.13)
    assert_allclose(points["heart_left_border"], (140, 172), atol=0.13)


def test_the_costophrenic_angle_is_where_wall_meets_floor():
    points = landmark_points(some_outlines())

    # The ellipse at row 170: 45 * sqrt(1 - (50 / 90)^2) from its middle.
    assert_allclose(points["right_costophrenic_angle"], (170, 60.25 - 37.42), atol=0.2)


def test_the_wall_is_met_midway_between_apex_and_angle():
    points = landmark_points(some_outlines())

    assert_allclose(points["right_lateral_wall_mid"], (100, 60.25 - 45 * np.sqrt(1 - (20 / 90) ** 2)), atol=0.2)


def test_the_right_cardiophrenic_angle_is_where_heart_meets_floor():
    points = landmark_points(some_outlines())

    assert_allclose(points["right_cardiophrenic_angle"], (170, 130 - 42 * 0.8), atol=0.3)


def test_landmarks_move_with_their_outlines_by_parts_of_a_pixel():
    shift = (0.375, -0.625)

    still, moved = (landmark_points(some_outlines(by)) for by in ((0.0, 0.0), shift))

    for name, point in still.items():
        assert_allclose(np.subtract(moved[name], point), shift, atol=0.26, err_msg=name)


def test_only_the_largest_part_of_a_region_counts():
    field = np.maximum(an_ellipse((150, 100), (40, 40)), an_ellipse((10, 20), (5, 5)))

    mask = Outlines({"heart": (field,)}, unit=0.5).mask("heart")

    assert mask[150, 100]
    assert not mask[10, 20]


def test_a_larger_heart_moves_its_borders_outward():
    borders = []
    for scale in (1.0, 1.3):
        regions = outlines(a_chest(patient={"heart_scale": scale}), a_projection(), (200, 200))
        points = landmark_points(regions)
        borders.append((points["heart_right_border"][1], points["heart_left_border"][1]))

    assert borders[1][0] < borders[0][0] < borders[0][1] < borders[1][1]


def read_points(path):
    points: dict[str, dict[str, tuple[float, float]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            points.setdefault(row["image"], {})[row["landmark"]] = float(row["y"]), float(row["x"])
    return points


@pytest.mark.parametrize("number", [3, 30, 75, 120, 188])
def test_the_rules_agree_with_landmarks_published_for_real_masks(shared, number):
    folder = shared / "data" / "wingspan-512"
    name = f"ws_{number:03d}.png"
    bits = imageio.imread(folder / "masks" / name)
    heart, right, left = (np.where(bits & bit, 0.5, -0.5) for bit in (4, 1, 2))
    regions = Outlines(
        {"right_lung": (right, -heart), "left_lung": (left, -heart), "heart": (heart,), "cardiomediastinum": (heart,)},
        unit=1.0,
    )

    found = landmark_points(regions)

    published = read_points(folder / "landmarks_clinical.csv")[name]
    # On a mask's steps the height of a border is any row of its outermost columns; across, it is sharp.
    errors = {
        landmark: np.linalg.norm(np.subtract(found[landmark], point)["border" in landmark :])
        for landmark, point in published.items()
    }
    assert max(errors.values()) < 2.0, errors
