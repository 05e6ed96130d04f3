from napari_kdland.engine.distillation.weightings.uniform import uniform
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output


def test_unsure_landmarks_count_as_much_as_sure_ones():
    weights = uniform(an_output((10, 10), (5, 5), width=9.0), part=WeightingPart(), stride=2)

    assert weights.tolist() == [[1, 1]]
