import pytest

from napari_kdland.engine.distillation.schedules.cosine_decay import cosine_decay
from napari_kdland.recipes.model import SchedulePart


def test_the_weight_falls_from_one_to_nothing_along_half_a_cosine():
    values = [cosine_decay(progress, SchedulePart(ramp=0.4)) for progress in (0, 0.1, 0.2, 0.4, 1)]

    assert values == pytest.approx([1, 0.8535534, 0.5, 0, 0], abs=1e-7)
