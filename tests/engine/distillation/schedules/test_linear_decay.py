import pytest

from napari_kdland.engine.distillation.schedules.linear_decay import linear_decay
from napari_kdland.recipes.model import SchedulePart


def test_the_weight_falls_from_one_to_nothing_along_a_line():
    values = [linear_decay(progress, SchedulePart(ramp=0.4)) for progress in (0, 0.1, 0.2, 0.4, 1)]

    assert values == pytest.approx([1, 0.75, 0.5, 0, 0])
