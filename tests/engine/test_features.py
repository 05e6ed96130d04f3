"""Tests of napari_kdland.engine.features."""

import numpy as np
import pytest

from napari_kdland.engine.features import FeatureReader
from tests.engine.factories import a_recipe, a_run, some_images, some_points


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> FeatureReader:
    folder = tmp_path_factory.mktemp("runs") / "one"
    return FeatureReader(a_run(folder, a_recipe("supervised", "training.steps=2")), device="cpu")


def test_like_images_lie_together_and_others_apart(reader: FeatureReader):
    images = some_images(some_points(2))
    images = np.stack([images[0], images[0] + 1, 65535 - images[1]])

    first, like, other = reader.read(images)

    assert np.linalg.norm(first - like) < 0.01 * np.linalg.norm(first - other)


def test_images_are_read_alike_alone_and_in_a_batch(reader: FeatureReader):
    images = some_images(some_points(10))

    np.testing.assert_allclose(reader.read(images)[9:], reader.read(images[9:]), rtol=1e-3, atol=1e-4)


def test_no_image_has_no_features(reader: FeatureReader):
    assert reader.read(np.zeros((0, 64, 64), np.uint16)).shape[0] == 0
