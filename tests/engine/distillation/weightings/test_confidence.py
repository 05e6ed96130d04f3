import math

import pytest

from napari_kdland.engine.distillation.weightings.confidence import confidence
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output


def weight(width: float, *, scale_px: float = 4.0) -> float:
    output = an_output((15.5, 15.5), sigma=1.0, width=width)
    return confidence(output, part=WeightingPart(scale_px=scale_px), stride=2).item()


def test_spread_beyond_the_targets_own_lowers_the_weight_as_stated():
    # 5 = 1 (targets) + 4 heatmap px^2, which is 16 input px^2 = scale_px^2.
    assert weight(math.sqrt(5)) == pytest.approx(math.exp(-0.5), rel=0.03)


def test_the_weight_falls_as_the_heatmap_widens():
    weights = [weight(width) for width in (1.0, 1.5, 2.0, 3.0)]

    assert weights == sorted(weights, reverse=True)


def test_a_larger_scale_forgives_more():
    assert weight(2.0, scale_px=8.0) > weight(2.0, scale_px=4.0)


def test_a_teacher_surer_than_its_targets_has_full_weight():
    assert weight(0.5) == 1
