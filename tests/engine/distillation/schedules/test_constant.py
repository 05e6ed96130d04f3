from napari_kdland.engine.distillation.schedules.constant import constant
from napari_kdland.recipes.model import SchedulePart


def test_the_weight_is_full_from_the_first_step():
    assert constant(0, SchedulePart()) == 1


def test_with_a_start_it_is_a_gate():
    assert [constant(progress, SchedulePart(start=0.5)) for progress in (0.49, 0.5, 1)] == [0, 1, 1]
