import pytest

from napari_kdland.engine.distillation.schedules.linear_ramp import linear_ramp
from napari_kdland.recipes.model import SchedulePart


def test_the_weight_rises_from_nothing_to_one_along_a_line():
    values = [linear_ramp(progress, SchedulePart(ramp=0.4)) for progress in (0, 0.1, 0.2, 0.4, 1)]

    assert values == pytest.approx([0, 0.25, 0.5, 1, 1])
