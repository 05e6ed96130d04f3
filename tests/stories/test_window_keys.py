"""A reader goes through the whole map of keys in a real napari window, and comes back to it another day."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.gui.shortcuts import SHORTCUTS

pytestmark = pytest.mark.gui

PLACED, UNCERTAIN = LandmarkState.PLACED, LandmarkState.UNCERTAIN
PLACES = ((100, 100), (300, 200), (500, 400))


def said(hands):
    return hands.widget._line.text()


def show(hands, name):
    """Wait until an image is on screen, and painted: only then does a click find its place."""
    hands.qtbot.waitUntil(lambda: getattr(hands.widget.session.record, "name", "") == name, timeout=10_000)
    hands.qtbot.wait(20)


def copy_from_first_entry(hands):
    from qtpy.QtCore import Qt

    hands.key("C")
    hands.test.keyClick(hands.widget.desk.actions.copy_menu._menu, Qt.Key.Key_Return)
    hands.qtbot.wait(1)


def test_a_reader_places_nudges_marks_and_locks(hands):
    session = hands.widget.session
    hands.click(PLACES[0])
    hands.click(PLACES[1])
    assert hands.widget.desk.pointer.label.text() == "3  border"
    hands.click(PLACES[2])
    assert session.current is None
    first = session.landmarks.points.copy()

    hands.key("3")
    hands.key("Up")
    assert session.current == "angle"
    hands.key("Right", "Shift")
    hands.key("Down", "Control", "Shift")
    assert_allclose(session.landmarks["angle"], first[1] + (0.1, 1.0))
    for key, held, state in (("O", (), "occluded"), ("Q", ("Shift",), "uncertain"), ("P", (), "placed")):
        hands.key(key, *held)
        assert session.landmarks.state_of("angle") == state
    hands.key("R")
    assert session.landmarks.state_of("angle") is LandmarkState.NOT_YET
    hands.key("Z", "Control")

    hands.key("K")
    hands.press(PLACES[1])
    hands.move((350, 250))
    hands.release((350, 250))
    assert "angle is locked" in said(hands)
    assert_allclose(session.landmarks["angle"], first[1] + (0.1, 1.0))
    hands.key("K")
    assert not session.locking.locks


def test_a_reader_sees_more_and_less(hands):
    desk = hands.widget.desk
    reader, radiograph = desk.pool.reader.landmarks, desk.pool.reader.radiograph
    hands.click(PLACES[0])

    hands.key("G")
    assert not reader.visible
    hands.key("G")
    hands.key("X")
    assert desk.pointer.magnifier.isVisible()
    hands.key("I")
    assert radiograph.colormap.name == "gray_r"
    for key, held in (("T", ()), ("L", ()), ("M", ("Shift",)), ("Question", ("Shift",))):
        hands.key(key, *held)
    assert desk.actions._sheet.isVisible()
    desk.actions._sheet.close()
    hands.key("S", "Control")
    assert said(hands).startswith("Everything is saved already: the last edit, by ann, on ")


def test_a_reader_copies_corrects_and_goes_through_the_images(hands):
    session = hands.widget.session
    for place in PLACES:
        hands.click(place)

    hands.key("N")
    show(hands, "image_1.png")
    copy_from_first_entry(hands)
    assert session.landmarks.states == (UNCERTAIN,) * 3
    hands.key("Z", "Control")
    assert session.landmarks.n_known == 0
    hands.key("Z", "Control", "Shift")
    hands.press(session.landmarks["border"])
    hands.move((450, 350))
    hands.release((450, 350))
    assert session.landmarks.states == (UNCERTAIN, UNCERTAIN, PLACED)

    hands.key("M")
    hands.key("1")
    hands.click((120, 130))
    assert session.current == "angle"
    hands.key("M")
    hands.click((310, 220))
    show(hands, "image_2.png")
    assert session.current == "angle"
    hands.click((320, 230))
    assert "last image of the list" in said(hands)
    hands.key("M")
    hands.key("PageUp")
    show(hands, "image_1.png")
    assert_allclose(session.landmarks.points, [[120, 130], [310, 220], [450, 350]], atol=1.5)


def test_of_the_keys_of_naparis_menus_only_one_is_ours(hands):  # noqa: ARG001 - the window brings its menus
    from napari._app_model import get_app_model
    from napari.utils.key_bindings import coerce_keybinding

    menus = {str(each.keybinding) for each in get_app_model().keybindings}
    ours = {str(coerce_keybinding(key)) for shortcut in SHORTCUTS for key in shortcut.keys}

    # The question mark has no name in napari's model. Ctrl+S, which saves layers, is kept from the menu.
    assert (menus & ours) - {""} == {"Ctrl+S"}


def test_locks_nudges_and_copies_are_there_another_day_and_can_be_taken_back(hands):
    session = hands.widget.session
    for place in PLACES:
        hands.click(place)
    first = session.landmarks.points.copy()
    hands.key("1")
    for _ in range(3):
        hands.key("Down", "Shift")
    hands.key("2")
    hands.key("K")
    hands.key("N")
    show(hands, "image_1.png")
    copy_from_first_entry(hands)
    nudged = session.landmarks.points.copy()

    session.open(session.project.path)
    show(hands, "image_0.png")
    assert session.locking.locks["angle"].reader == "ann"
    assert_allclose(session.landmarks["apex"], first[0] + (3, 0))

    # One step for the whole copy, on the image where it was.
    hands.key("Z", "Control")
    show(hands, "image_1.png")
    assert session.landmarks.n_known == 0
    # One step for all nudges.
    hands.key("Z", "Control")
    show(hands, "image_0.png")
    assert_allclose(session.landmarks["apex"], first[0])
    # The third landmark goes, the second is locked and stays.
    hands.key("Z", "Control")
    hands.key("Z", "Control")
    assert "locked by ann" in said(hands)
    assert session.landmarks.states == (PLACED, PLACED, LandmarkState.NOT_YET)

    hands.key("Y", "Control")
    hands.key("Y", "Control")
    hands.key("Y", "Control")
    show(hands, "image_1.png")
    assert_allclose(session.landmarks.points, nudged)
    assert session.project.annotations.origin_of(session.record.image_id)["apex"] == Origin("image", "image_0.png")
    assert session.project.annotations.replay() == session.project.annotations.standing()
