import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import arrays

from napari_kdland.evaluation.presence import count

flags = arrays(bool, (3, 4))


@given(flags, flags, flags)
def test_every_landmark_is_counted_once(is_there, is_absent, is_found):
    of = count(is_there, is_absent & ~is_there, is_found)

    assert of.n_found + of.n_missing + of.n_invented + of.n_rightly_absent + of.n_unknown == 12


def test_what_nobody_said_is_unknown_whatever_is_predicted():
    nothing = np.zeros(2, dtype=bool)

    assert count(nothing, nothing, np.array([True, False])).n_unknown == 2
