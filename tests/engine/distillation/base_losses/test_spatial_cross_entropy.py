import math

import pytest
import torch

from napari_kdland.engine.distillation.base_losses.spatial_cross_entropy import SpatialCrossEntropy
from napari_kdland.recipes.model import BasePart
from tests.engine.distillation.base_losses.factories import SIZE, labels


def test_an_even_map_costs_the_logarithm_of_its_pixels():
    value = SpatialCrossEntropy(BasePart(), 1)(torch.zeros(1, 1, *SIZE), *labels(torch.tensor([[[9.0, 9.0]]])))

    assert value.item() == pytest.approx(math.log(32 * 32))
