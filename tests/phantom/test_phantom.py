import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.ndimage import gaussian_filter

from napari_kdland.anatomy import LandmarkState, load_scheme, ready_made_schemes
from napari_kdland.errors import UsageError
from napari_kdland.phantom import make_phantom
from napari_kdland.phantom.side_images import REGIONS
from tests.phantom.factories import a_phantom

# Chosen by what they show: a plain patient, one in bed with tubes, one with much disease.
SEEDS = (1, 3, 26)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_gives_the_same_image_to_the_last_bit(seed):
    again = make_phantom(seed, (256, 256))

    for name in ("standard", "soft_tissue", "bone"):
        assert_array_equal(getattr(again, name), getattr(a_phantom(seed), name))


def test_another_seed_gives_another_image():
    assert (a_phantom(1).standard != a_phantom(3).standard).mean() > 0.9


@pytest.mark.parametrize("size", [(63, 200), (200, 10)])
def test_a_size_that_holds_no_chest_is_refused(size):
    with pytest.raises(UsageError, match="each side must be 64 or more"):
        make_phantom(1, size)


def test_a_second_visit_shows_the_same_patient_differently():
    first, second = a_phantom(1), a_phantom(1, visit=1)

    assert first.patient == second.patient
    assert (first.standard != second.standard).mean() > 0.9


@pytest.mark.parametrize("size", [(256, 320), (300, 210)])
def test_the_image_has_the_size_asked_for(size):
    phantom = a_phantom(2, size)

    assert phantom.standard.shape == phantom.bone.shape == phantom.masks["heart"].shape == size


@pytest.mark.parametrize("name", ["chest-10", "chest-8"])
def test_landmarks_come_in_the_order_of_their_scheme(name):
    assert a_phantom().landmarks[name].names == load_scheme(name).landmark_names


def test_masks_have_the_names_of_all_chest_schemes_regions():
    schemes = [name for name in ready_made_schemes() if name.startswith("chest-")]

    names = {name for scheme in schemes for name in load_scheme(scheme).region_names}

    assert set(a_phantom().masks) == names == set(REGIONS)


def test_opacities_lie_in_patients_who_have_some_and_inside_the_chest():
    ill = [a_phantom(seed) for seed in range(8)]

    for phantom in ill:
        has_some = any(word in phantom.description for word in ("consolidation", "nodules"))
        lungs = phantom.masks["right_lung"] | phantom.masks["left_lung"]
        heart = phantom.masks["cardiomediastinum"]
        opacity = phantom.masks["opacity"]
        assert has_some or not opacity.any()
        assert not (opacity & ~(lungs | heart)).any()
    assert {phantom.masks["opacity"].any() for phantom in ill} == {True, False}


def test_an_opacity_is_brighter_in_the_soft_tissue_image_than_the_lung_around_it():
    brighter = []
    for seed in range(12):
        phantom = a_phantom(seed)
        lungs = phantom.masks["right_lung"] | phantom.masks["left_lung"]
        inside = phantom.masks["opacity"] & lungs
        if inside.sum() > 200:
            soft = phantom.soft_tissue.astype(float)
            brighter.append(soft[inside].mean() - soft[lungs & ~inside].mean())

    assert len(brighter) >= 2
    assert np.median(brighter) > 100


@pytest.mark.parametrize("seed", SEEDS)
def test_lungs_and_heart_do_not_overlap(seed):
    masks = a_phantom(seed).masks

    assert not (masks["right_lung"] & masks["left_lung"]).any()
    assert not ((masks["right_lung"] | masks["left_lung"]) & masks["cardiomediastinum"]).any()


def test_the_right_lung_is_on_the_left_of_the_image():
    masks = a_phantom().masks

    assert np.nonzero(masks["right_lung"])[1].mean() < np.nonzero(masks["left_lung"])[1].mean()


@pytest.mark.parametrize("side", ["right", "left"])
def test_an_apex_lies_on_the_top_row_of_its_mask(side):
    phantom = a_phantom()

    y, _ = phantom.landmarks["chest-10"][f"{side}_lung_apex"]

    top = np.flatnonzero(phantom.masks[f"{side}_lung"].any(axis=1))[0]
    assert top - 1 <= y <= top


def test_landmarks_stay_in_place_in_a_finer_image():
    coarse, fine = a_phantom(1, (256, 256)), a_phantom(1, (512, 512))

    scaled = (fine.landmarks["chest-10"].points + 0.5) / 2 - 0.5

    # Field of view, build and positioning do not depend on the size.
    assert np.nanmax(np.abs(scaled - coarse.landmarks["chest-10"].points)) < 0.8


def phantom_with(state):
    for seed in range(60):
        phantom = a_phantom(seed, (128, 128))
        if state in phantom.landmarks["chest-10"].states:
            return phantom
    raise AssertionError(f"no phantom has a landmark that is {state}")


def test_a_landmark_outside_the_field_is_absent():
    landmarks = phantom_with(LandmarkState.ABSENT).landmarks["chest-10"]

    assert np.isnan(landmarks.points[[state is LandmarkState.ABSENT for state in landmarks.states]]).all()


def test_a_landmark_behind_disease_is_occluded_at_its_place():
    landmarks = phantom_with(LandmarkState.OCCLUDED).landmarks["chest-10"]

    assert np.isfinite(landmarks.points[[state is LandmarkState.OCCLUDED for state in landmarks.states]]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_lungs_are_darker_than_the_heart(seed):
    phantom = a_phantom(seed)

    lungs = phantom.masks["right_lung"] | phantom.masks["left_lung"]
    assert np.median(phantom.standard[phantom.masks["heart"]]) > np.median(phantom.standard[lungs]) + 500


@pytest.mark.parametrize("seed", SEEDS)
def test_the_histogram_is_a_radiographs(seed):
    image = a_phantom(seed).standard

    levels = np.percentile(image, (1, 25, 50, 75, 99))
    assert image.max() <= 4095
    assert levels[-1] - levels[0] > 2500
    assert len(np.unique(image)) > 1500
    assert np.bincount(image.ravel()).max() < 0.25 * image.size


def detail(image):
    return gaussian_filter(image.astype(float), 1.5) - gaussian_filter(image.astype(float), 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_ribs_are_not_bright_in_the_soft_tissue_image(seed):
    phantom = a_phantom(seed)
    lungs = phantom.masks["right_lung"] | phantom.masks["left_lung"]
    ribs = detail(phantom.bone)[lungs]

    with_ribs, without = (
        np.corrcoef(detail(image)[lungs], ribs)[0, 1] for image in (phantom.standard, phantom.soft_tissue)
    )

    # Below nought, because a rib takes the place of soft tissue.
    assert without < 0 < 0.2 < with_ribs


@pytest.mark.parametrize("seed", SEEDS)
def test_spacing_is_that_of_a_chest(seed):
    phantom = a_phantom(seed)

    width_cm = phantom.spacing_mm * phantom.standard.shape[1] / 10 / phantom.magnification
    assert 26 < width_cm < 50
    assert phantom.magnification > 1


def test_the_description_says_how_the_patient_was_seen():
    phantom = a_phantom(3)

    assert ("AP" in phantom.description) == phantom.positioning.is_ap
