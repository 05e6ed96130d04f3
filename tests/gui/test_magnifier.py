"""The inset that enlarges."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.gui.magnifier import ENLARGED, Magnifier, Seen, crop

pytestmark = pytest.mark.gui

PICTURE = np.arange(10_000, dtype=np.float32).reshape(100, 100) / 9999


def seen(*, limits=(0.0, 1.0), is_inverted=False, points=()):
    return Seen(PICTURE, limits, is_inverted, np.reshape(points, (-1, 2)))


def test_the_pixels_around_a_place_are_cut_out():
    grey, corner = crop(seen(), (50.0, 40.0), 2.0)

    assert corner == (48, 38)
    assert_array_equal(grey, np.rint(255 * PICTURE[48:53, 38:43]).astype(np.uint8))


@pytest.mark.parametrize(
    ("middle", "shape"),
    [((0.0, 0.0), (3, 3)), ((99.0, 50.0), (3, 5)), ((-50.0, 10.0), (0, 5)), ((50.0, 500.0), (5, 0))],
)
def test_beyond_the_edge_there_is_nothing(middle, shape):
    assert crop(seen(), middle, 2.0)[0].shape == shape


def test_greys_follow_the_window_and_the_inversion():
    narrow, _ = crop(seen(limits=(0.4, 0.6)), (50.0, 50.0), 0.0)
    turned, _ = crop(seen(limits=(0.4, 0.6), is_inverted=True), (50.0, 50.0), 0.0)

    expected = round(255 * (float(PICTURE[50, 50]) - 0.4) / 0.2)
    assert abs(int(narrow[0, 0]) - expected) <= 1
    assert int(narrow[0, 0]) + int(turned[0, 0]) == 255


def test_the_pixel_of_the_place_is_painted_in_the_middle_as_large_as_it_should_be(qtbot):
    from qtpy.QtWidgets import QWidget

    canvas = QWidget()
    qtbot.addWidget(canvas)
    picture = np.zeros((100, 100), np.float32)
    picture[50, 40] = 1.0
    magnifier = Magnifier(canvas)

    magnifier.look_at(Seen(picture, (0.0, 1.0), False, np.empty((0, 2))), (50.0, 40.0))

    shot, middle = magnifier.grab().toImage(), magnifier.width() // 2
    greys = [shot.pixelColor(middle + step, middle + 1).value() for step in range(-ENLARGED, ENLARGED)]
    assert greys.count(255) == ENLARGED
    assert greys[ENLARGED - 1] == greys[ENLARGED] == 255
