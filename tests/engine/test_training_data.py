from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.anatomy import LandmarkState
from napari_kdland.engine.training_data import MaskData, TrainingData
from tests.engine.factories import NAMES, PLACEMENT, labelled_image, some_data, some_points, with_channels, with_masks

PLACED, ABSENT, NOT_YET = LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.NOT_YET


def prepared(*states: LandmarkState, uncertain_weight: float = 0.5) -> TrainingData:
    images = np.zeros((1, 64, 64), np.uint16)
    known = [labelled_image(0, *states)]
    return TrainingData.prepare(images, known, landmarks=NAMES, uncertain_weight=uncertain_weight)


def masks_of(*, overlapping: bool) -> MaskData:
    masks = with_masks(some_data(), overlapping=overlapping).masks
    assert masks is not None
    return masks


def test_points_come_in_input_pixels():
    points = some_points(8)

    data = some_data()

    np.testing.assert_allclose(data.points[0], PLACEMENT.to_input(points[0]), rtol=1e-6)
    np.testing.assert_allclose(data.validation_scale, 2)


def test_placed_and_occluded_landmarks_count_in_full():
    data = prepared(PLACED, LandmarkState.OCCLUDED)

    assert data.weights.tolist() == [[1, 1]]
    assert data.presence.tolist() == [[1, 1]]


def test_uncertain_landmarks_count_by_the_recipe():
    assert prepared(PLACED, LandmarkState.UNCERTAIN, uncertain_weight=0.25).weights.tolist() == [[1, 0.25]]


def test_absent_landmarks_teach_their_absence_only():
    data = prepared(ABSENT, PLACED)

    assert data.weights.tolist() == [[0, 1]]
    assert data.presence.tolist() == [[0, 1]]


def test_landmarks_not_yet_placed_teach_nothing():
    data = prepared(NOT_YET, PLACED)

    assert data.weights.tolist() == [[0, 1]]
    assert np.isnan(data.presence[0, 0])


def test_landmarks_are_brought_into_the_order_asked_for():
    images = np.zeros((1, 64, 64), np.uint16)

    data = TrainingData.prepare(images, [labelled_image(0, ABSENT, PLACED)], landmarks=NAMES[::-1])

    assert data.presence.tolist() == [[1, 0]]


def test_data_without_labels_keeps_its_shape():
    data = TrainingData.prepare(np.zeros((1, 64, 64), np.uint16), [], landmarks=NAMES)

    assert data.points.shape == (0, 2, 2)
    assert data.n_landmarks == 2


def test_an_image_of_one_plane_is_found_by_its_own_place():
    data = some_data()

    assert data.planes_of(np.array([4, 1]), data.channel_places(())).tolist() == [[4], [1]]


def test_the_channels_of_an_image_are_found_by_name_and_order():
    data = with_channels(some_data(labelled=3, unlabelled=3, validation=2))

    places = data.channel_places(("inverted", "plain"))

    assert data.planes_of(np.array([4, 1]), places).tolist() == [[12, 4], [9, 1]]
    assert data.channel_places(()) == (0,)


def test_regions_are_counted_where_there_are_masks():
    data = some_data()

    assert data.n_regions == 0
    assert with_masks(data).n_regions == 2


@pytest.mark.parametrize(("overlapping", "channels"), [(True, 2), (False, 3)])
def test_exclusive_regions_take_one_channel_more_for_the_background(overlapping: bool, channels: int):
    assert masks_of(overlapping=overlapping).n_channels == channels


@given(st.integers(0, 1000))
def test_exclusive_channels_share_every_pixel_out(seed: int):
    flags = torch.rand((2, 3, 4, 4), generator=torch.Generator().manual_seed(seed)).ge(0.5).float()

    channels = replace(masks_of(overlapping=False), bits=(1, 2, 4)).channels(flags)

    assert torch.equal(channels.sum(dim=1), torch.ones(2, 4, 4))
    assert torch.equal(channels[:, 3], flags[:, 2])
    assert torch.equal(channels[:, 0], 1 - flags.amax(1))


def test_overlapping_channels_stay_as_they_are():
    flags = torch.ones(1, 2, 4, 4)

    assert torch.equal(masks_of(overlapping=True).channels(flags), flags)


def test_a_heatmap_pixel_belongs_to_a_region_that_has_half_of_it():
    flags = torch.zeros(1, 2, 4, 4)
    flags[0, 0, 0, :2] = 1
    flags[0, 1, 3, 3] = 1

    assert masks_of(overlapping=True).on_grid(flags).tolist() == [[[[1, 0], [0, 0]], [[0, 0], [0, 0]]]]


@pytest.mark.parametrize(("weight", "presence"), [(1.0, [1, 1]), (0.25, [1, 1]), (0.0, [np.nan, 1])])
def test_accepted_predictions_count_by_the_recipe_and_teach_nothing_without_weight(weight, presence):
    image = replace(labelled_image(0, PLACED, PLACED), accepted=(NAMES[0],))

    data = TrainingData.prepare(np.zeros((1, 64, 64), np.uint16), [image], landmarks=NAMES, accepted_weight=weight)

    assert data.weights.tolist() == [[weight, 1]]
    np.testing.assert_equal(data.presence[0], np.array(presence, np.float32))
