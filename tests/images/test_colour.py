import numpy as np
from numpy.testing import assert_array_equal

from napari_kdland.images.colour import grey_of, without_alpha
from tests.images.factories import a_gradient


def test_grey_passes_through_unmarked():
    grey, notes = grey_of(a_gradient())

    assert_array_equal(grey, a_gradient())
    assert notes == ()


def test_three_equal_channels_give_back_the_one():
    grey, notes = grey_of(np.dstack([a_gradient()] * 3))

    assert_array_equal(grey, a_gradient())
    assert notes == ("grey stored as RGB",)


def test_colours_become_their_luma():
    grey, notes = grey_of(np.array([[[200, 100, 50], [0, 0, 255]]], dtype=np.uint8))

    assert_array_equal(grey, [[124, 29]])
    assert grey.dtype == np.uint8
    assert notes == ("RGB colours converted to grey",)


def test_white_stays_white_in_sixteen_bits():
    samples = np.array([[[65535, 65535, 65535], [0, 1, 0]]], dtype=np.uint16)

    grey, _ = grey_of(samples)

    assert_array_equal(grey, [[65535, 1]])


def test_alpha_is_left_out_and_said():
    kept, notes = without_alpha(np.dstack([a_gradient(), a_gradient() * 0]))

    assert_array_equal(kept, a_gradient())
    assert notes == ("alpha channel left out",)


def test_samples_without_alpha_stay_as_they_are():
    samples = np.dstack([a_gradient()] * 3)

    kept, notes = without_alpha(samples)

    assert kept is samples
    assert notes == ()
