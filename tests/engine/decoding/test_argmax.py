from napari_kdland.engine.decoding.argmax import argmax
from napari_kdland.recipes.model import DecodingPart
from tests.engine.decoding.factories import a_map


def test_the_point_is_the_pixel_that_the_centre_lies_in():
    assert argmax(a_map(20.4, 13.6), 2.0, DecodingPart())[0, 0].tolist() == [20, 14]
