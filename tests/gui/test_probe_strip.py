"""The tiles of watched images."""

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.engine.small_maps import packed
from napari_kdland.events import Probed
from napari_kdland.gui.probe_strip import ProbeStrip, over_grey
from napari_kdland.session.preparing import _Wanted, prepare_images
from tests import makers
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def strip(desk, qtbot, runner, tmp_path):
    desk.session.open(makers.a_project(tmp_path))
    events.run(prepare_images(_Wanted(desk.session.project.path, 64, ("val",))))
    drain(runner)
    strip = ProbeStrip(desk)
    qtbot.addWidget(strip)
    strip.resize(400, 160)
    strip.show()
    return strip


def see(desk, runner, shift=4.0, step=50):
    project = desk.session.project
    for record in project.records.page(0, -1, split="val"):
        points = project.annotations.current(record.image_id).points + np.array([shift, 0.0])
        event = Probed(step, record.content_hash, tuple(map(tuple, points)), packed(np.eye(32)))
        desk.probes.see(event, project.path, 64)
    drain(runner)


def test_before_a_training_it_says_what_will_be_watched(strip):
    assert strip.tiles == {}
    assert "The next training watches 2" in strip.said.text()


def test_a_tile_tells_how_far_the_network_is_from_the_reader(strip, desk, runner):
    see(desk, runner)

    assert [tile.caption for tile in strip.tiles.values()] == ["4.0 px", "4.0 px"]
    assert "Step 50" in strip.said.text()
    assert "dots_04.png, step 50" in next(iter(strip.tiles.values())).toolTip()


def test_who_reads_blind_sees_neither_the_readers_nor_the_networks_landmarks(strip, desk, runner):
    see(desk, runner)

    desk.session.blind.set(True)
    assert strip.tiles == {}
    assert "blind" in strip.said.text()

    desk.session.blind.set(False)
    assert len(strip.tiles) == 2


def test_a_later_step_takes_the_place_of_the_one_before(strip, desk, runner):
    see(desk, runner)
    before = next(iter(strip.tiles.values())).grab().toImage()

    see(desk, runner, shift=1.0, step=100)

    tile = next(iter(strip.tiles.values()))
    assert tile.caption == "1.0 px"
    assert tile.grab().toImage() != before


def test_a_click_opens_the_image(strip, desk, runner, qtbot):
    from qtpy.QtCore import Qt

    see(desk, runner)
    tile = list(strip.tiles.values())[1]

    qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    drain(runner)

    assert desk.session.record.image_id == tile.picture.image_id


def test_the_image_on_screen_can_be_watched_unless_it_is_of_test(strip, desk, runner):
    project = desk.session.project
    for split, words in (("test", "test split"), ("pool", None)):
        desk.session.paging.go_to(project.records.page(0, 1, split=split)[0].image_id)
        drain(runner)
        strip.watch.click()
        assert words is None or words in desk.messages[-1]

    assert "watches 1 (chosen by you)" in strip.said.text()
    strip.usual.click()
    assert "watches 2" in strip.said.text()


def test_a_heatmap_colours_the_place_of_its_peak_and_leaves_the_rest_grey():
    grey = np.full((8, 8), 100, dtype=np.uint8)
    heatmap = np.zeros((4, 4), dtype=np.float32)
    heatmap[1, 2] = 1.0

    colours = over_grey(grey, heatmap)

    assert colours.shape == (8, 8, 3)
    assert (colours[2:4, 4:6, 0] > 200).all()
    assert (colours[0, 0] == 100).all()
