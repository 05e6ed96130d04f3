from dataclasses import replace

import numpy as np
import pytest

from napari_kdland.phantom.physics import FULL_SCALE
from napari_kdland.phantom.presentation import Style, draw_style, marker_field, open_field, present
from tests.phantom.factories import a_generator


def a_style(**changes) -> Style:
    return replace(draw_style(a_generator(), (100, 100), is_ap=False), shutter=(0.0, 0.0, 0.0, 0.0), **changes)


def test_lung_and_mediastinum_get_the_greys_of_the_style():
    signal = np.full((100, 100), 2.0)
    signal[:, 50:] = 3.5
    left, right = np.zeros((2, 100, 100), dtype=bool)
    left[:, :40], right[:, 60:] = True, True
    style = a_style(lung=0.3, middle=0.8, floor=0.0, ceiling=4000.0, evened=0.0, sharpened=0.0)

    image = present(signal, (left, right), style, 0.1)

    assert image[50, 10] == pytest.approx(1200, abs=1)
    assert image[50, 90] == pytest.approx(3200, abs=1)


def test_no_signal_leaves_the_scale():
    signal = np.linspace(-50, 50, 10_000).reshape(100, 100)
    mask = np.zeros((100, 100), dtype=bool)
    low, high = mask.copy(), mask.copy()
    low[40], high[60] = True, True

    image = present(signal, (low, high), a_style(), 0.1)

    assert image.max() <= FULL_SCALE
    assert image.dtype == np.uint16


def test_an_open_collimator_shades_nothing():
    assert (open_field(a_style(), (40, 30)) == 1).all()


def test_a_shut_border_is_as_wide_as_said():
    style = replace(a_style(shutter_tilt=0.0), shutter=(10.0, 0.0, 0.0, 5.0))

    field = open_field(style, (40, 30))

    assert (field[:9] < 0.01).all()
    assert (field[12:, :23] == 1).all()
    assert (field[:, 26:] < 0.01).all()


@pytest.mark.parametrize(("at", "is_left_half"), [((0.05, 0.05), True), ((0.11, 0.05), False)])
def test_the_letter_stands_on_the_side_it_names(at, is_left_half):
    stroke, plate = marker_field(a_style(marker_at=at), (200, 200), 0.15)

    columns = np.nonzero(stroke > 0)[1]
    assert (columns.mean() < 100) == is_left_half
    assert (plate[stroke > 0] > 0).all()
