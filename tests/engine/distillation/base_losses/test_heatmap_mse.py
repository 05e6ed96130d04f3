import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base_losses.heatmap_mse import HeatmapMSE
from napari_kdland.recipes.model import BasePart
from tests.engine.distillation.base_losses.factories import SIZE, labels

POINTS = torch.tensor([[[16.0, 16.0]]])


def test_an_even_map_costs_about_one():
    value = HeatmapMSE(BasePart(), 1)(torch.zeros(1, 1, *SIZE), *labels(POINTS))

    assert value.item() == pytest.approx(1, abs=0.05)


def test_it_is_zero_for_a_heatmap_as_sure_as_its_label():
    logits = heatmaps.encode(POINTS, SIZE, 2.0).clamp_min(1e-30).log()

    assert HeatmapMSE(BasePart(), 1)(logits, *labels(POINTS)).item() == pytest.approx(0, abs=1e-6)
