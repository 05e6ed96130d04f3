"""Tests of napari_kdland.evaluation.calibration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.evaluation.calibration import Calibration, floored

NAMES = ("apex", "angle", "border")


def a_calibration(errors: np.ndarray, sd: np.ndarray) -> Calibration:
    return Calibration("heatmap", NAMES[: errors.shape[1]], errors, sd, "key")


def gaussian(n: int, claimed: float = 1.0, true: tuple[float, ...] = (1.0, 1.0, 1.0), seed: int = 0) -> Calibration:
    """Predictions that claim a standard deviation, and whose errors have another one."""
    rng = np.random.default_rng(seed)
    errors = np.linalg.norm(rng.normal(size=(n, len(true), 2)) * np.array(true)[:, None], axis=-1)
    return a_calibration(errors, np.full((n, len(true)), claimed))


def test_a_standard_deviation_that_is_right_stays_as_it_is():
    np.testing.assert_allclose(gaussian(4000).scales, 1, rtol=0.08)


def test_a_standard_deviation_that_is_three_times_too_small_is_tripled():
    found = gaussian(2000, claimed=2, true=(6.0,) * 3)

    np.testing.assert_allclose(found.calibrated(np.array([[2.0, 2, 2]])), 6, rtol=0.08)


def test_each_landmark_has_its_own_scale_where_it_has_many_images():
    scales = gaussian(2000, true=(1.0, 4.0, 1.0)).scales

    assert scales[1] / scales[0] == pytest.approx(4, rel=0.15)
    assert scales[2] / scales[0] == pytest.approx(1, rel=0.05)


def test_of_few_images_the_scale_is_drawn_to_that_of_all_landmarks():
    few, many = gaussian(3, true=(1.0, 4.0, 1.0)).scales, gaussian(300, true=(1.0, 4.0, 1.0)).scales

    assert few.max() / few.min() < 0.6 * many.max() / many.min()


def test_one_wild_image_hardly_widens_the_others():
    calm = gaussian(40)
    errors = calm.errors_px.copy()
    errors[0, 0] = 1000

    wild = a_calibration(errors, calm.sd_px)

    np.testing.assert_allclose(wild.scales, calm.scales, rtol=0.15)


def test_a_landmark_without_images_has_the_scale_of_all():
    whole = gaussian(50, true=(3.0, 3.0, 3.0))
    errors = whole.errors_px.copy()
    errors[:, 2] = np.nan

    scales = a_calibration(errors, whole.sd_px).scales

    assert scales.min() < scales[2] < scales.max() or scales[2] == pytest.approx(scales[:2].mean(), rel=0.2)
    assert np.isfinite(scales).all()


@pytest.mark.parametrize("errors", [np.zeros((0, 3)), np.full((4, 3), np.nan), np.zeros((4, 3))])
def test_without_anything_to_learn_from_nothing_is_changed(errors: np.ndarray):
    found = a_calibration(errors, np.ones(errors.shape))

    assert found.scales.tolist() == [1, 1, 1]
    assert found.n_images == int(np.isfinite(errors).any()) * len(errors)


@given(st.integers(1, 30), st.floats(0.01, 100), st.integers(0, 1000))
def test_scales_grow_with_the_errors_and_shrink_with_the_claims(n: int, factor: float, seed: int):
    found = gaussian(n, seed=seed)

    np.testing.assert_allclose(
        a_calibration(factor * found.errors_px, found.sd_px).scales, factor * found.scales, rtol=1e-6
    )
    np.testing.assert_allclose(
        a_calibration(factor * found.errors_px, factor * found.sd_px).scales, found.scales, rtol=1e-6
    )


@given(st.permutations(range(12)), st.permutations(range(3)))
def test_the_order_of_images_and_landmarks_says_nothing(rows: list[int], columns: list[int]):
    found = gaussian(12, true=(1.0, 2.0, 5.0))

    shuffled = a_calibration(found.errors_px[rows][:, columns], found.sd_px[rows][:, columns])

    np.testing.assert_allclose(shuffled.scales, found.scales[columns])


def test_radii_are_in_proportion_to_the_uncertainty_and_do_not_depend_on_the_scale():
    found = gaussian(19, claimed=2.0)

    radii = found.radii_px(np.array([[2.0, 4, 2]]), 0.95)[0]

    assert radii[0] == pytest.approx(found.errors_px[:, 0].max())
    assert radii[1] == pytest.approx(2 * found.errors_px[:, 1].max())


def test_radii_are_infinite_where_images_are_too_few_and_unknown_without_prediction():
    radii = gaussian(8).radii_px(np.array([1.0, 1.0, np.nan]), 0.9)

    assert radii.tolist()[:2] == [math.inf, math.inf]
    assert np.isnan(radii[2])


def test_a_calibration_survives_being_written():
    errors = np.array([[1.0, np.nan, 3]])
    found = a_calibration(errors, np.array([[0.1, np.nan, 1 / 3]]))

    back = Calibration.from_json(found.to_json())

    assert (back.how, back.names, back.key) == (found.how, found.names, found.key)
    np.testing.assert_array_equal(back.errors_px, found.errors_px)
    np.testing.assert_array_equal(back.sd_px, found.sd_px)


@pytest.mark.parametrize("text", ["{}", '{"how": "heatmap", "names": null}', "nonsense"])
def test_text_that_is_no_calibration_is_refused(text: str):
    with pytest.raises(ValueError, match=r"not a calibration|Expecting value"):
        Calibration.from_json(text)


def test_nothing_claims_to_be_exact():
    assert floored([0.0, 2.0]).tolist() == [0.001, 2.0]
