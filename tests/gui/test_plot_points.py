"""Where points lie in plots; no Qt here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation import evaluate
from napari_kdland.evaluation.worst import Case
from napari_kdland.gui.plot_points import Figure, Measured, axis_titles, clouds_of

NAMES = ("apex", "angle", "border")
TRUTH = np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]])


def measured(n_images=4, spacing=None, missing=False):
    """Image i is i + 1 pixels off, and the run claimed a standard deviation of 2 everywhere."""
    images = [f"image_{i}" for i in range(n_images)]
    found = {image: TRUTH + np.array([0.0, i + 1.0]) for i, image in enumerate(images)}
    if missing:
        found[images[0]][1] = np.nan
    truth = {image: Landmarks.placed(NAMES, TRUTH) for image in images}
    said = {image: Landmarks.placed(NAMES, points) for image, points in found.items()}
    evaluation = evaluate(said, truth, spacing_mm=dict.fromkeys(images, spacing))
    return Measured(evaluation, np.full((n_images, 3), 2.0))


@given(st.integers(1, 5), st.integers(1, 30))
def test_each_box_has_its_room_and_its_points_stay_in_it(n_runs, n_images):
    runs = {f"run-{i}": measured(n_images) for i in range(n_runs)}

    clouds = clouds_of(runs, NAMES, Figure.ERROR)

    centres = np.array([[place for place, _ in cloud.boxes] for cloud in clouds])
    assert np.diff(np.sort(centres.ravel())).min() >= clouds[0].width - 1e-9
    for cloud in clouds:
        nearest = np.abs(cloud.x[:, None] - centres.ravel()[None]).min(axis=1)
        assert (nearest <= cloud.width / 2).all()


def test_a_point_stands_for_its_image_and_landmark():
    (cloud,) = clouds_of({"a": measured()}, ["border"], Figure.ERROR)

    assert cloud.cases == tuple(Case(f"image_{i}", "border") for i in range(4))
    assert_allclose(cloud.y, [1, 2, 3, 4])


def test_what_was_not_predicted_has_no_point():
    (cloud,) = clouds_of({"a": measured(missing=True)}, ["angle"], Figure.ERROR)

    assert len(cloud.cases) == len(cloud.y) == 3
    assert len(cloud.boxes[0][1]) == 3


@pytest.mark.parametrize(
    ("figure", "expected"),
    [(Figure.ERROR, [0.5, 1, 1.5, 2]), (Figure.SPREAD, [2] * 4), (Figure.RATIO, [0.5, 1, 1.5, 2])],
)
def test_errors_are_in_millimetres_and_ratios_without_a_unit(figure, expected):
    (cloud,) = clouds_of({"a": measured(spacing=(0.5, 0.5))}, ["apex"], figure)

    assert_allclose(cloud.y, expected)


def test_errors_against_uncertainties_are_both_in_pixels():
    runs = {"a": measured(spacing=(0.5, 0.5))}

    (cloud,) = clouds_of(runs, NAMES, Figure.AGAINST)

    assert_allclose(cloud.x, 2)
    assert sorted(set(cloud.y)) == [1, 2, 3, 4]
    assert axis_titles(runs, Figure.AGAINST) == ("uncertainty (1 SD), px", "error, px")
    assert cloud.boxes == ()


def test_a_run_that_is_sure_to_the_pixel_has_no_ratio():
    sure = Measured(measured().evaluation, np.zeros((4, 3)))

    (cloud,) = clouds_of({"a": sure}, NAMES, Figure.RATIO)

    assert len(cloud.y) == 0


def test_the_axis_says_pixels_where_one_run_has_no_millimetres():
    runs = {"a": measured(spacing=(0.5, 0.5)), "b": measured()}

    assert axis_titles(runs, Figure.ERROR)[1] == "error, px"
