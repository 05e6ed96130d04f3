from dataclasses import replace

import numpy as np
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.networks.heatmap_unet import NetworkOutput
from napari_kdland.engine.validation import Validation
from tests.engine.factories import a_recipe, some_data

CPU = torch.device("cpu")


def always_at(y: float, x: float):
    """A network that sees both landmarks at one input point."""
    centre = torch.tensor([[[(y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5]] * 2])
    maps = heatmaps.encode(centre, (32, 32), 2.0).clamp_min(1e-30).log()
    return lambda images: NetworkOutput(maps.expand(len(images), -1, -1, -1), torch.zeros(len(images), 2), {})


def test_errors_are_means_over_landmarks_in_image_pixels():
    data = some_data(validation=2)
    truth = np.array([[[30, 30], [30, 36]], [[33, 34], [30, 30]]], np.float32)
    data = replace(data, validation_points=truth, validation_scale=np.array([2, 10], np.float32))

    errors = torch.cat(list(Validation(data, a_recipe(), always_at(30, 30), CPU).errors()))

    np.testing.assert_allclose(errors, [2 * (0 + 6) / 2, 10 * (5 + 0) / 2], atol=0.05)


def test_landmarks_that_are_not_known_do_not_count():
    data = some_data(validation=1)
    truth = np.array([[[np.nan, np.nan], [30, 36]]], np.float32)

    (error,) = Validation(
        replace(data, validation_points=truth, validation_scale=np.ones(1, np.float32)),
        a_recipe(),
        always_at(30, 30),
        CPU,
    ).errors()

    np.testing.assert_allclose(error, [6], atol=0.05)


def test_images_without_any_known_landmark_are_left_out():
    data = some_data(validation=3)
    points = data.validation_points.copy()
    points[1] = np.nan

    assert len(Validation(replace(data, validation_points=points), a_recipe(), always_at(0, 0), CPU)) == 2


def test_errors_come_a_batch_at_a_time():
    batches = list(Validation(some_data(validation=11), a_recipe(), always_at(30, 30), CPU).errors())

    assert [len(batch) for batch in batches] == [8, 3]
