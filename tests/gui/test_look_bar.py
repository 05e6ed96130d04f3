"""The foot of the window: presets, and what is under the mouse."""

from types import SimpleNamespace

import numpy as np
import pytest

from napari_kdland.gui.look_bar import LookBar
from napari_kdland.images.presets import LUNG
from napari_kdland.images.radiograph import Spacing
from napari_kdland.session.album import Picture
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def bar(open_desk, qtbot):
    bar = LookBar(open_desk)
    qtbot.addWidget(bar)
    yield bar
    bar.release()


def move_to(desk, y, x):
    for callback in desk.viewer.mouse_move_callbacks:
        callback(desk.viewer, SimpleNamespace(position=(y, x)))


def test_the_presets_of_the_image_are_offered_and_chosen(bar, open_desk):
    titles = [bar.presets.itemText(place) for place in range(bar.presets.count())]

    bar.presets.activated.emit(titles.index(LUNG))

    assert titles == ["full range", "1-99 %", "lung"]
    assert open_desk.windowing.look.preset.name == LUNG


def test_a_window_by_hand_is_said_to_be_one(bar, open_desk):
    open_desk.windowing.set_limits(49.5, 149.5)

    assert bar.presets.currentText() == "full range, by hand"
    assert bar.limits.text() == "100 / 101"

    open_desk.windowing.reset()

    assert bar.presets.currentText() == "full range"


def test_the_next_image_shows_its_own_window(bar, open_desk, runner):
    open_desk.windowing.choose(LUNG)

    open_desk.session.paging.go_next()
    drain(runner)

    assert bar.presets.currentText() == "full range"


def test_it_tells_where_the_mouse_is_in_pixels(bar, open_desk):
    open_desk.session.editing.place((10.0, 20.0))

    move_to(open_desk, 13.0, 24.0)

    value = int(open_desk.session.radiograph.values[13, 24])
    assert bar.mouse.text() == f"row 13.0, column 24.0 px (no spacing known) · {value} · nearest: apex 5.0 px"


def test_it_tells_millimetres_and_the_files_own_values(bar, open_desk):
    session = open_desk.session
    session.project.records.set_spacing([session.record.image_id], Spacing(0.5, 0.5, "ImagerPixelSpacing"))
    session.reload_images()
    open_desk.binding.show_image()
    session.radiograph = Picture(np.full((60, 50), 100, np.float32), session.radiograph.presets, turn=4095.0)

    move_to(open_desk, 5.0, 10.0)

    assert bar.mouse.text() == (
        "row 10.0, column 20.0 px · y 5.0, x 10.0 mm (ImagerPixelSpacing, at the detector) · 3995"
    )


def test_outside_the_image_it_says_so(bar, open_desk):
    move_to(open_desk, -3.0, 10.0)

    assert "outside the image" in bar.mouse.text()


def test_it_is_there_while_an_image_is(bar, open_desk):
    shown = bar.isHidden()

    open_desk.session.close()

    assert not shown
    assert bar.isHidden()


def test_a_panel_that_is_not_about_images_keeps_its_room(bar, open_desk, runner):
    bar.want(False)
    open_desk.session.paging.go_next()
    drain(runner)
    hidden = bar.isHidden()

    bar.want(True)

    assert hidden
    assert not bar.isHidden()


def test_every_control_says_what_it_does(bar):
    from qtpy.QtWidgets import QComboBox, QPushButton

    controls = [*bar.findChildren(QPushButton), *bar.findChildren(QComboBox), bar.limits, bar.mouse]

    assert len(controls) == 6
    assert all(control.toolTip() for control in controls)
