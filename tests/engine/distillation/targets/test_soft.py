from napari_kdland.engine.distillation.targets.soft import soft
from napari_kdland.recipes.model import TargetPart
from tests.engine.distillation.factories import an_output


def test_a_soft_target_is_the_teachers_heatmap_itself():
    output = an_output((10, 12))

    assert soft(output, part=TargetPart(), sigma=3.0) is output.log_probabilities
