"""A reader uses napari's own list of layers, its tools and its keys, and can still place."""

import pytest
from numpy.testing import assert_allclose

pytestmark = pytest.mark.gui

PLACES = ((100, 100), (300, 200), (500, 400))


def said(hands):
    return hands.widget._line.text()


def throw_away(hands, layer):
    """Choose a layer and press the button with the bin under the list of layers."""
    hands.viewer.layers.selection = {layer}
    hands.viewer.window._qt_viewer.layerButtons.deleteButton.click()


def test_our_layers_come_back_at_once_from_the_bin_and_a_click_places(hands):
    session, reader = hands.widget.session, hands.widget.desk.pool.reader.landmarks
    hands.click(PLACES[0])

    throw_away(hands, reader)
    assert reader not in hands.viewer.layers
    hands.qtbot.waitUntil(lambda: reader in hands.viewer.layers, timeout=5000)

    assert said(hands).startswith('The layer "Reader" was deleted')
    assert hands.viewer.layers.selection.active is reader
    hands.click(PLACES[1])
    assert_allclose(session.landmarks.points[:2], PLACES[:2], atol=1.5)
    assert_allclose(reader.data, PLACES[:2], atol=1.5)


def test_a_click_places_beside_any_of_our_layers_and_escape_takes_the_mouse_back(hands):
    session, pool = hands.widget.session, hands.widget.desk.pool
    hands.viewer.layers.selection.active = pool.reader.radiograph
    hands.click(PLACES[0])
    hands.viewer.layers.selection.active = pool.reader.landmarks
    hands.key("S")
    assert 'tool "select" has the mouse' in said(hands)
    hands.click(PLACES[1])
    assert session.landmarks.n_known == 1

    hands.key("Escape")
    hands.click(PLACES[1])

    assert_allclose(session.landmarks.points[:2], PLACES[:2], atol=1.5)
