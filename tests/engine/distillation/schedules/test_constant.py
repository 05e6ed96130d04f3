from napari_kdland.engine.distillation.schedules.constant import constant


def test_the_weight_is_full_from_the_first_step():
    assert constant(0, 0.3) == 1
