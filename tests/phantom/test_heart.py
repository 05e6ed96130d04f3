import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.phantom.heart import _join, mediastinum, silhouette
from tests.phantom.factories import a_chest, a_projection


def width_of(field):
    return np.ptp(np.flatnonzero((field > 0).any(axis=0)))


def test_an_enlarged_heart_is_wider():
    normal, enlarged = (a_chest(patient={"heart_scale": scale}) for scale in (1.0, 1.3))

    widths = [width_of(silhouette(chest, a_projection())[0]) for chest in (normal, enlarged)]

    assert widths[1] > 1.2 * widths[0]


def test_the_heart_is_part_of_the_cardiomediastinum():
    heart, whole = silhouette(a_chest(), a_projection())

    assert not ((heart > 0) & (whole <= 0)).any()


def test_the_heart_is_larger_when_the_beam_enters_from_the_front():
    chest = a_chest()

    near, far = (silhouette(chest, a_projection(source_cm=100.0, is_ap=is_ap))[0] for is_ap in (False, True))

    assert width_of(far) > width_of(near)


def test_spine_and_aorta_lie_behind_the_heart():
    middle = mediastinum(a_chest(), a_projection())

    behind, front = ((far + near) / 2 for far, near in (middle.behind, middle.front))
    is_both = (middle.front[1] > middle.front[0]) & (middle.behind[1] > middle.behind[0])
    assert (behind < front)[is_both].all()


@given(first=st.floats(0, 9), second=st.floats(0, 9), z=st.floats(-9, 9))
def test_joined_parts_are_as_deep_as_the_deepest_and_no_deeper_than_their_sum(first, second, z):
    field = np.ones(1)

    far, near = _join([(field, np.array([first]), 0.0), (field, np.array([second]), z)])

    assert max(first, second) - 1e-9 <= (near - far)[0] <= first + second + 1e-9
