"""A second reader paints and places in a real napari window, blind, with mouse and keys."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState
from napari_kdland.anatomy.regions import Regions
from napari_kdland.project import Project
from tests.session.factories import NAMES, REGIONS, a_project, a_scheme_of_regions
from tests.stories.hands import Hands

pytestmark = pytest.mark.gui

SIZE = (600, 500)


def a_first_reading(folder):
    """Make a project of which ann has read the first image: three landmarks and the heart."""
    path = a_project(folder, size=SIZE, scheme=a_scheme_of_regions())
    with Project.open(path) as project:
        for place, name in enumerate(NAMES):
            point = (100.0 + 100 * place, 100.0)
            project.annotations.edit(1, name, LandmarkState.PLACED, point, reader="ann")
        masks = np.zeros((2, *SIZE), dtype=bool)
        masks[1, 300:400, 200:300] = True
        project.masks.save(1, Regions(REGIONS, masks, np.array([False, True])), reader="ann")
    return path


@pytest.fixture
def hands(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.main_widget import KdlandWidget

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    widget = KdlandWidget(viewer)
    viewer.window.add_dock_widget(widget, name="KDLand", area="right")
    widget.session.reader = "bob"
    widget.session.open(a_first_reading(tmp_path))
    widget.bring_to_front("Annotate")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=10_000)
    qtbot.wait(50)
    viewer.reset_view()
    hands = Hands(viewer, widget, qtbot)
    yield hands
    widget.shut_down()
    vars(hands).clear()  # napari counts whoever holds on to its window


def drawn(hands, reader):
    with Project.open(hands.widget.session.project.path) as other:
        regions = other.masks.load(1, reader=reader)
        return None if regions is None else dict(zip(REGIONS, regions.area_px.tolist(), strict=True))


def test_a_blind_reader_paints_beside_the_first_reading_and_takes_it_back(hands):
    panel = hands.widget.panel("Annotate")
    panel.reader.menu.blind.trigger()
    assert hands.widget.session.landmarks.n_known == 0
    hands.click((120, 130))

    panel.regions.paint.click()
    hands.press((200, 100))
    for column in (120, 140, 160):
        hands.move((200, column))
    hands.release((200, 160))

    painted = drawn(hands, "bob")
    assert painted["lung"] > 500
    assert painted["heart"] == 0
    assert drawn(hands, "ann") == {"lung": 0, "heart": 10_000}

    hands.key("Z", "Control")
    assert drawn(hands, "bob") is None
    assert not hands.widget.desk.brush.layer.data.any()
    hands.key("Z", "Control")
    assert hands.widget.session.landmarks.n_known == 0
    hands.key("Z", "Control", "Shift")
    hands.key("Z", "Control", "Shift")

    assert drawn(hands, "bob") == painted
    panel.reader.menu.blind.trigger()
    panel.regions.paint.click()
    assert_allclose(hands.widget.session.landmarks["apex"], [120, 130], atol=1.5)
    assert_allclose(hands.widget.session.landmarks["border"], [300, 100])


def test_a_stroke_under_way_is_saved_when_the_image_changes(hands):
    hands.widget.panel("Annotate").regions.paint.click()
    hands.press((200, 100))
    hands.move((200, 140))
    hands.move((200, 180))

    hands.widget.desk.actions.step_image(1)
    hands.qtbot.waitUntil(lambda: hands.widget.session.record.name == "image_1.png", timeout=5000)
    hands.release((200, 180))

    assert drawn(hands, "bob")["lung"] > 500
    assert not hands.widget.desk.brush.layer.data.any()
