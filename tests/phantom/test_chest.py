import numpy as np
from numpy.testing import assert_allclose

from napari_kdland.phantom.heart import mediastinum
from tests.phantom.factories import a_chest, a_projection


def brute_force_air(lung, solids):
    """Step through every ray and count what is lung and no solid."""
    step = 0.05
    total = np.zeros_like(lung.far)
    for z in np.arange(-14, 14, step) + step / 2:
        is_lung = (z > lung.far) & (z < lung.near) & (lung.outline.wall > 0) & (lung.outline.out > 0)
        total += step * (is_lung & ~np.any([(z > far) & (z < near) for far, near in solids], axis=0))
    return total


def test_air_is_what_no_solid_takes():
    chest, projection = a_chest(), a_projection((60, 60), 0.7)
    middle = mediastinum(chest, projection)
    lung = chest.lung(1, projection)
    solids = (middle.front, middle.behind, lung.liver)

    found = lung.air(*solids)

    assert_allclose(found, brute_force_air(lung, solids), atol=0.21)
    assert found.max() > 10


def test_a_lung_without_solids_is_full_of_air():
    lung = a_chest().lung(-1, a_projection())
    inside = (lung.outline.wall > 0) & (lung.outline.out > 0)

    found = lung.air()

    assert_allclose(found[inside], np.clip(lung.near - lung.far, 0, None)[inside])


def test_deeper_breath_lowers_both_domes():
    shallow, deep = (a_chest(positioning={"inspiration_cm": depth}) for depth in (-3.0, 1.0))

    assert all(deep.dome_top(side) > shallow.dome_top(side) for side in (-1, 1))


def test_points_below_the_dome_are_not_in_the_lung():
    chest = a_chest()
    points = np.array([[7.0, 12.0, 0.0], [7.0, chest.dome_top(1) + 2.0, 1.5], [30.0, 12.0, 0.0]])

    assert chest.holds(1, points, 0.0).tolist() == [True, False, False]


def test_lung_behind_the_dome_reaches_lower_than_its_outline():
    chest = a_chest()
    behind = np.array([[7.0, chest.dome_top(1) + 2.0, -7.5]])

    assert chest.holds(1, behind, 0.0).all()
