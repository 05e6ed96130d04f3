import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.phantom.physics import HIGH, LOW, Detector, attenuation, blurred, expose
from tests.phantom.factories import a_generator

OPEN = np.ones((64, 64))


def a_detector(**changes):
    return Detector(**{"quanta": 1e5, "scatter": 0.0, "blur_px": 0.3, **changes})


def test_attenuation_adds_up_over_materials():
    paths = {"soft": np.full((2, 2), 10.0), "bone": np.full((2, 2), 1.0)}

    assert_allclose(attenuation(paths, HIGH), 10 * HIGH.soft + HIGH.bone)


def test_two_exposures_cancel_bone_or_soft_tissue():
    bone, soft = ({"soft": np.array([s]), "bone": np.array([b])} for s, b in ((0.0, 2.0), (20.0, 0.0)))

    soft_image = attenuation(bone, HIGH) - HIGH.bone / LOW.bone * attenuation(bone, LOW)
    bone_image = attenuation(soft, LOW) - LOW.soft / HIGH.soft * attenuation(soft, HIGH)

    assert_allclose([soft_image, bone_image], 0, atol=1e-12)


def test_without_scatter_the_detector_gives_back_the_integral():
    integral = np.full((64, 64), 2.0)

    found = expose(integral, a_detector(quanta=1e12), 0.1, a_generator(), OPEN)

    assert_allclose(found, 2.0, atol=1e-4)


@pytest.mark.parametrize("integral", [1.0, 3.0])
def test_noise_follows_the_number_of_quanta(integral):
    found = expose(np.full((200, 200), integral), a_detector(), 0.1, a_generator(), np.ones((200, 200)))

    assert found.std() == pytest.approx(1 / np.sqrt(1e5 * np.exp(-integral)), rel=0.1)


def test_scatter_takes_contrast_away():
    integral = np.full((64, 64), 4.0)
    integral[:, 32:] = 2.0

    plain, veiled = (
        expose(integral, a_detector(quanta=1e9, scatter=scatter), 0.5, a_generator(), OPEN) for scatter in (0.0, 0.2)
    )

    assert np.ptp(veiled) < 0.9 * np.ptp(plain)


def test_subtracting_all_scatter_gives_the_contrast_back():
    integral = np.full((64, 64), 4.0)
    integral[:, 32:] = 2.0

    found = expose(integral, a_detector(quanta=1e12, scatter=0.2, corrected=1.0), 0.5, a_generator(), OPEN)

    assert_allclose(found[:, [5, -5]].mean(axis=0), [4.0, 2.0], atol=1e-3)


def test_where_the_collimator_is_shut_there_is_almost_no_signal():
    found = expose(np.zeros((64, 64)), a_detector(), 0.1, a_generator(), np.full((64, 64), 1e-3))

    assert found.min() > 6


@pytest.mark.parametrize("sigma", [1.5, 30.0])
def test_a_blur_keeps_a_plain_image_and_the_mean_of_any(sigma):
    image = a_generator().random((101, 90))

    assert_allclose(blurred(np.ones((101, 90)), sigma), 1.0)
    assert blurred(image, sigma).mean() == pytest.approx(image.mean(), rel=0.03)
