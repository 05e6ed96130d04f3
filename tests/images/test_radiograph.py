import numpy as np
import pytest

from napari_kdland.images import Radiograph, Spacing


@pytest.mark.parametrize("values", [(0, 1), (1, -1), (float("nan"), 1), (1, float("inf"))])
def test_spacing_must_be_positive(values):
    with pytest.raises(ValueError, match="spacing must be positive"):
        Spacing(*values, "PixelSpacing")


def test_spacing_knows_whether_it_is_the_detectors():
    assert Spacing(0.1, 0.1, "ImagerPixelSpacing").is_at_detector
    assert not Spacing(0.1, 0.1, "PixelSpacing").is_at_detector


def test_a_radiograph_gives_its_size_as_height_and_width():
    pixels = np.zeros((3, 5), dtype=np.float32)

    assert Radiograph(pixels, pixels, None, "hash").size == (3, 5)
