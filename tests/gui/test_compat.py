"""What we take from napari, and that the suite would hear of it if napari moved it."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kdland.gui.compat import camera_of, colorbar_of, grid_of, name_overlay_of, scale_bar_of

pytestmark = pytest.mark.gui


def test_nothing_that_we_take_is_deprecated():
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((4, 4)))

    taken = [camera_of(viewer), grid_of(viewer), scale_bar_of(viewer), name_overlay_of(layer), colorbar_of(layer)]

    assert all(part is not None for part in taken)


@pytest.mark.parametrize("name", ["camera", "grid", "scale_bar"])
def test_a_deprecated_name_of_naparis_fails_the_suite(name):
    viewer = ViewerModel()

    with pytest.raises((DeprecationWarning, FutureWarning), match=name):
        getattr(viewer, name)
