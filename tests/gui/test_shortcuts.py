"""The table of keys; no Qt here."""

import pytest

from napari_kdland.gui.shortcuts import OVER_NAPARI, SHORTCUTS, bind_all, sheet, shown, unbind_all

KEYS = [key for shortcut in SHORTCUTS for key in shortcut.keys]


class ALayer:
    def __init__(self):
        self.keys = {}

    def bind_key(self, key, function, *, overwrite=False):
        assert overwrite or function is None, "napari's own keys must be bound over"
        self.keys[key] = function


def test_no_key_stands_twice():
    assert len(KEYS) == len(set(KEYS))


def test_no_action_stands_twice():
    actions = [shortcut.action for shortcut in SHORTCUTS]

    assert len(actions) == len(set(actions))


def test_the_keys_that_go_over_naparis_own_are_known():
    """Whoever adds a key that napari has, or napari where it adds one of ours, must say so in the table."""
    shortcuts = pytest.importorskip("napari.utils.shortcuts")
    from napari.utils.key_bindings import coerce_keybinding

    taken = {str(coerce_keybinding(key)) for keys in shortcuts.default_shortcuts.values() for key in keys}

    assert {key for key in KEYS if str(coerce_keybinding(key)) in taken} == set(OVER_NAPARI)


def test_every_key_is_bound_over_naparis_own_and_given_back():
    layer, called = ALayer(), []
    actions = {s.action: (lambda name=s.action: called.append(name)) for s in SHORTCUTS}

    bind_all([layer], actions)
    layer.keys["1"](layer)
    layer.keys["0"](layer)
    unbind_all([layer])

    assert called == ["choose_1", "choose_10"]
    assert set(layer.keys.values()) == {None}


def test_an_action_that_holds_runs_to_its_end_on_release():
    layer, said = ALayer(), []

    def hold():
        said.append("hidden")
        yield
        said.append("shown")

    bind_all([layer], {s.action: hold for s in SHORTCUTS})
    pressed = layer.keys["H"](layer)
    next(pressed)
    assert said == ["hidden"]

    next(pressed, None)
    assert said == ["hidden", "shown"]


def test_the_sheet_tells_every_key():
    text = " ".join(f"{keys} {what}" for lines in sheet().values() for keys, what in lines)

    for shortcut in SHORTCUTS:
        assert shortcut.text in text or shortcut.shown_as == ""


def test_the_sheet_tells_keys_that_belong_together_in_one_line():
    lines = dict(line for part in sheet().values() for line in part)

    assert lines["1 ... 9, 0"] == "Choose landmark 1 ... 10"
    assert lines["Shift+arrows"] == "Nudge the landmark by 1 px"
    assert not any("Choose landmark 2" in text for text in lines.values())


def test_keys_are_written_for_people():
    assert shown("redo") == "Ctrl+Shift+Z, Ctrl+Y"
