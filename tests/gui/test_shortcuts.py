"""The table of keys; no Qt here."""

from napari_kdland.gui.shortcuts import SHORTCUTS, bind_all, sheet, unbind_all


class ALayer:
    def __init__(self):
        self.keys = {}

    def bind_key(self, key, function, *, overwrite=False):
        assert overwrite or function is None, "napari's own keys must be bound over"
        self.keys[key] = function


def test_no_key_stands_twice():
    keys = [key for shortcut in SHORTCUTS for key in shortcut.keys]

    assert len(keys) == len(set(keys))


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
    text = " ".join(f"{keys} {what}" for keys, what in sheet())

    for shortcut in SHORTCUTS:
        assert shortcut.text in text or shortcut.action.startswith("choose_")
