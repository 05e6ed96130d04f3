"""What part of an image is seen, when another one takes its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.components import ViewerModel
from numpy.testing import assert_allclose

from napari_kdland.gui.layers.conversion import Frame
from napari_kdland.gui.layers.framing import Extent, fitting_zoom, keep_framing
from napari_kdland.images.radiograph import Spacing

pytestmark = pytest.mark.gui

lengths = st.floats(10, 5000)
extents = st.builds(Extent, st.floats(-1, 0), st.floats(-1, 0), lengths, lengths)


def a_viewer():
    viewer = ViewerModel()
    viewer.canvas.size = (600, 800)
    return viewer


def test_an_extent_runs_from_edge_to_edge_in_the_layers_units():
    assert Extent.of((100, 50), Frame.of(Spacing(0.2, 0.4, "user"))) == Extent(-0.1, -0.2, 20, 20)


def test_a_whole_image_is_followed_by_a_whole_image():
    viewer, before, after = a_viewer(), Extent(-0.5, -0.5, 100, 100), Extent(-0.5, -0.5, 2000, 4000)
    camera = viewer.scene.camera
    camera.center, camera.zoom = (0, 49.5, 49.5), 0.95 * fitting_zoom(viewer, before)

    keep_framing(viewer, before, after)

    assert_allclose(camera.center[-2:], (999.5, 1999.5))
    assert_allclose(camera.zoom, 0.95 * 800 / 4000)


def test_the_upper_left_corner_stays_the_upper_left_corner():
    viewer, before, after = a_viewer(), Extent(-0.5, -0.5, 100, 100), Extent(-0.25, -0.25, 300, 300)
    camera = viewer.scene.camera
    camera.center, camera.zoom = (0, 9.5, 9.5), 5 * fitting_zoom(viewer, before)

    keep_framing(viewer, before, after)

    assert_allclose(camera.center[-2:], (29.75, 29.75))
    assert_allclose(camera.zoom, 5 * 2)


@given(before=extents, after=extents, y=st.floats(-100, 6000), x=st.floats(-100, 6000), zoom=st.floats(0.01, 50))
def test_there_and_back_is_where_it_began(before, after, y, x, zoom):
    viewer = a_viewer()
    camera = viewer.scene.camera
    camera.center, camera.zoom = (0, y, x), zoom

    keep_framing(viewer, before, after)
    keep_framing(viewer, after, before)

    assert_allclose(camera.center[-2:], (y, x), atol=1e-6, rtol=1e-6)
    assert_allclose(camera.zoom, zoom, rtol=1e-9)
