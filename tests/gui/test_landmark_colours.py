"""The colours that a scheme gives its landmarks are seen wherever the landmarks are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.anatomy.scheme import LandmarkEntry, Scheme
from napari_kdland.gui.landmark_table import NAME
from napari_kdland.gui.layers.conversion import rgba
from napari_kdland.gui.layers.style import CURRENT, HUMAN
from napari_kdland.gui.panels.annotate import AnnotatePanel
from napari_kdland.session.atlas import Atlas
from tests.session.factories import NAMES, a_project, drain

pytestmark = pytest.mark.gui

GREEN = "#40E060"


@pytest.fixture
def coloured(desk, runner, tmp_path):
    """A desk with all three landmarks placed, of which the scheme gives the first a colour; the last is current."""
    entries = [LandmarkEntry(name=name, colour=GREEN if name == NAMES[0] else None) for name in NAMES]
    desk.session.open(a_project(tmp_path, scheme=Scheme(name="three", landmarks=entries)))
    drain(runner)
    for place in range(3):
        desk.session.editing.place((10.0 + place, 20.0))
    desk.session.choose(NAMES[2])
    return desk


@pytest.fixture
def panel(coloured, qtbot):
    panel = AnnotatePanel(coloured)
    qtbot.addWidget(panel)
    yield panel
    panel.release()


def rings(desk):
    return desk.pool.reader.landmarks.face_color


def test_the_readers_rings_have_them_and_the_current_one_keeps_its_own(coloured):
    assert_allclose(rings(coloured), [rgba(GREEN), rgba(HUMAN.colour), rgba(CURRENT.colour)])

    coloured.session.editing.set_state(NAMES[0], LandmarkState.UNCERTAIN)

    assert_allclose(rings(coloured)[0], rgba(GREEN, 0.5))


def test_beside_other_sources_the_reader_is_white(coloured):
    coloured.compared.switched.emit(True)
    assert_allclose(rings(coloured)[0], rgba(HUMAN.colour))

    coloured.compared.switched.emit(False)
    assert_allclose(rings(coloured)[0], rgba(GREEN))


def test_the_table_has_a_swatch_where_there_is_a_colour(panel):
    icons = [panel.table.item(row, NAME).icon() for row in range(3)]

    assert [icon.isNull() for icon in icons] == [False, True, True]
    assert icons[0].pixmap(12, 12).toImage().pixelColor(6, 6).name() == GREEN.lower()


def test_the_chip_names_the_landmark_beside_its_colour(panel, coloured):
    assert panel._chip.text() == "3  border"

    coloured.session.choose(NAMES[0])

    assert panel._chip.text() == f"<span style='color:{GREEN}'>●</span> 1  apex"


def test_the_atlas_draws_its_dots_in_them(panel):
    panel.atlas.atlas = Atlas(np.zeros((66, 66), np.uint8), Landmarks.placed(NAMES, [[15, 15], [15, 45], [45, 30]]))

    picture = panel.atlas.grab().toImage()

    share = picture.width() / 132
    assert picture.pixelColor(round(31 * share), round(31 * share)).name() == GREEN.lower()
    assert picture.pixelColor(round(91 * share), round(31 * share)).name() == "#ffffff"
