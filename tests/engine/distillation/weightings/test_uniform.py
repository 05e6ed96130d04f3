from napari_kdland.engine.distillation.weightings.uniform import uniform
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output


def test_unsure_landmarks_count_as_much_as_sure_ones():
    output = an_output((10, 10), (5, 5), width=9.0)

    weights = uniform(output, part=WeightingPart(), stride=2, progress=0.0, overlapping=True)

    assert weights.landmarks.tolist() == [[1, 1]]
    assert (weights.heatmap_pixels, weights.region_pixels) == (None, None)
