"""The reader's masks and a further channel in the viewer."""

import imageio.v3 as iio
import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.gui.compat import camera_of
from tests.session.factories import a_project, a_scheme_of_regions, drain

pytestmark = pytest.mark.gui


def a_channel(desk, folder, value=100):
    path = folder / f"bone_{desk.session.record.image_id}.png"
    pixels = np.full(desk.session.record.size, value, np.uint8)
    pixels[0, 0] = 0
    iio.imwrite(path, pixels)
    desk.session.project.channels.set_many({desk.session.record.image_id: {"bone": (path, None)}})


def test_the_readers_masks_are_in_their_layer(region_desk):
    layer = region_desk.pool.reader.masks

    assert layer.visible
    assert layer.data is region_desk.companions.masks.rims


def test_masks_can_be_hidden_and_come_back(region_desk):
    layer = region_desk.pool.reader.masks

    region_desk.companions.show_masks(False)
    assert not layer.visible

    region_desk.companions.show_masks(True)
    assert layer.visible


def test_an_image_without_masks_shows_none_of_the_one_before(region_desk, runner):
    region_desk.session.paging.go_next()
    drain(runner)

    assert not region_desk.pool.reader.masks.data.any()


def test_another_project_has_layers_for_its_own_regions(region_desk, runner, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    region_desk.session.open(a_project(folder))
    drain(runner)

    assert region_desk.pool.reader.masks is None
    assert len(region_desk.viewer.layers) == 4


def test_a_channel_lies_to_the_right_of_its_image(open_desk, runner, tmp_path):
    a_channel(open_desk, tmp_path)
    open_desk.session.reload_images()

    open_desk.companions.look_at("bone")
    drain(runner)

    layer = open_desk.viewer.layers["bone"]
    assert layer.visible
    assert_allclose(layer.translate, (0, 51))
    assert open_desk.viewer.layers.selection.active is open_desk.pool.reader.landmarks


def test_a_channel_that_is_not_wanted_any_more_takes_its_layer_along(open_desk, runner, tmp_path):
    a_channel(open_desk, tmp_path)
    open_desk.session.reload_images()
    open_desk.companions.look_at("bone")
    drain(runner)

    open_desk.companions.look_at("")

    assert len(open_desk.viewer.layers) == 4


def test_the_zoom_stays_while_a_channel_is_looked_at_from_image_to_image(open_desk, runner, tmp_path):
    a_channel(open_desk, tmp_path)
    open_desk.session.paging.go_next()
    drain(runner)
    a_channel(open_desk, tmp_path, value=200)
    open_desk.session.reload_images()
    open_desk.companions.look_at("bone")
    drain(runner)
    camera_of(open_desk.viewer).zoom = 7.5

    open_desk.session.paging.go_previous()
    drain(runner)

    assert open_desk.viewer.layers["bone"].visible
    assert camera_of(open_desk.viewer).zoom == 7.5


def test_layers_of_masks_are_there_also_where_another_panel_is_first_to_hear_of_the_image(desk, runner, tmp_path):
    scheme = a_scheme_of_regions()
    desk.companions.masks_changed.connect(lambda: desk.session.record and desk.pool.runs(1))

    desk.session.open(a_project(tmp_path, scheme=scheme))
    drain(runner)

    assert desk.pool.reader.masks is not None
    assert desk.pool.reader.radiograph.data is desk.session.radiograph.values
