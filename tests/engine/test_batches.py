from dataclasses import replace

import numpy as np
import torch

from napari_kdland.anatomy import LandmarkState
from napari_kdland.engine.batches import Batch, Batches
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.recipes import Recipe
from tests.engine.factories import NAMES, PLACEMENT, a_recipe, labelled_image, some_data, some_points

PLACED, ABSENT, NOT_YET = LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.NOT_YET


def some_batches(recipe: Recipe | None = None, *, seed: int = 0, data: TrainingData | None = None) -> Batches:
    return Batches(
        data or some_data(), recipe or a_recipe("kd"), mirrored_order=(0, 1), seed=seed, device=torch.device("cpu")
    )


def equal(first: Batch, second: Batch) -> bool:
    names = ("images", "points", "weights", "presence")
    return all(torch.equal(getattr(first, name), getattr(second, name)) for name in names)


def prepared(*states: LandmarkState, uncertain_weight: float = 0.5) -> TrainingData:
    images = np.zeros((1, 64, 64), np.uint16)
    known = [labelled_image(0, *states)]
    return TrainingData.prepare(images, known, landmarks=NAMES, uncertain_weight=uncertain_weight)


def test_a_batch_is_a_function_of_seed_and_step_alone():
    first, second = some_batches(), some_batches()
    first.at(0)

    assert equal(first.at(7), second.at(7))


def test_another_step_and_another_seed_give_another_batch():
    batch = some_batches().at(3)

    assert not equal(batch, some_batches().at(4))
    assert not equal(batch, some_batches(seed=1).at(3))


def test_recipes_that_differ_in_unlabelled_images_see_the_same_labelled_ones():
    alone = some_batches(a_recipe()).at(5)
    together = some_batches(a_recipe("kd")).at(5)

    assert torch.equal(together.images[: together.n_labelled], alone.images)
    assert torch.equal(together.points, alone.points)


def test_labelled_images_come_first_and_the_others_have_no_labels():
    batch = some_batches().at(0)

    assert batch.n_labelled == len(batch.points) == len(batch.weights) == len(batch.presence) == 2
    assert batch.images.shape == (4, 1, 64, 64)


def test_unlabelled_images_are_left_out_when_no_term_wants_them():
    batch = some_batches().at(0, with_unlabelled=False)

    assert len(batch.images) == 2


def test_each_round_shows_every_labelled_image_once():
    still = a_recipe("supervised", *(f"augmentation.{name}=0" for name in ("rotation_deg", "scale", "shift")))
    batches = some_batches(still, data=some_data(labelled=4))

    seen = [tuple(point.flatten().tolist()) for step in (0, 1) for point in batches.at(step).points.round()]

    assert len(set(seen)) == 4


def test_one_image_fills_a_batch_in_different_guises():
    batch = some_batches(data=some_data(labelled=1)).at(0)

    assert not torch.equal(batch.images[0], batch.images[1])


def test_an_image_is_changed_anew_at_every_step():
    batches = some_batches(data=some_data(labelled=1))

    assert not torch.equal(batches.at(0).points, batches.at(1).points)


def test_labelled_and_unlabelled_images_are_changed_by_streams_of_their_own():
    data = some_data(labelled=1)
    same = replace(data, unlabelled=data.labelled)

    images = some_batches(data=same).at(0).images

    assert not torch.equal(images[:2], images[2:])


def test_the_network_sees_black_and_white_as_minus_two_and_two():
    still = [f"augmentation.{name}=0" for name in ("rotation_deg", "scale", "shift", "gamma", "contrast", "noise")]
    data = TrainingData.prepare(
        np.full((1, 64, 64), 65535, np.uint16), [labelled_image(0, PLACED, PLACED)], landmarks=NAMES
    )

    batch = some_batches(a_recipe("supervised", *still), data=data).at(0)

    torch.testing.assert_close(batch.images, torch.full((2, 1, 64, 64), 2.0))


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
