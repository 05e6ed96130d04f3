import math
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.engine.distillation.schedules.sigmoid_ramp import sigmoid_ramp
from tests.engine.factories import published_cases


def test_the_ramp_begins_at_e_to_the_minus_five():
    assert sigmoid_ramp(0, 0.3) == pytest.approx(math.exp(-5))


def test_half_way_the_ramp_stands_at_e_to_the_minus_five_quarters():
    assert sigmoid_ramp(0.15, 0.3) == pytest.approx(math.exp(-1.25))


def test_the_ramp_agrees_with_the_published_one(shared: Path):
    for case, inputs, outputs in published_cases(shared, "ssl.sigmoid_rampup"):
        length = case["parameters"]["rampup_length"]
        if length:
            ours = [sigmoid_ramp(current / length, 1.0) for current in inputs["current"].tolist()]

            np.testing.assert_allclose(ours, outputs["value"], rtol=1e-12, atol=1e-14)
