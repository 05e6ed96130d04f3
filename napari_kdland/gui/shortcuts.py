"""Every key in one table: it binds them and it writes the sheet that the question mark shows."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from napari_kdland.gui.compat import Layer


@dataclass(frozen=True)
class Shortcut:
    """One action: its keys as napari writes them, its name in the code, what it does for people.

    `shown_as` stands on the sheet in place of the keys, so that keys that belong together take one line; empty, the
    action has no line of its own. A key that `repeats` acts again and again while it is held.
    """

    keys: tuple[str, ...]
    action: str
    text: str
    shown_as: str | None = None
    repeats: bool = False


_CHOOSING = (
    Shortcut(("1",), "choose_1", "Choose landmark 1 ... 10", shown_as="1 ... 9, 0"),
    *(Shortcut((str(n % 10),), f"choose_{n}", f"Choose landmark {n}", shown_as="") for n in range(2, 11)),
    Shortcut(("Down",), "next_landmark", "Next landmark"),
    Shortcut(("Up",), "previous_landmark", "Previous landmark"),
    Shortcut(
        ("M",), "next_mode", "Placing: in sequence, again from the first, or the same landmark through the images"
    ),
)

_STATES = (
    Shortcut(("Q",), "absent", "Mark absent: not in the image"),
    Shortcut(("Shift-Q",), "uncertain", "Mark uncertain"),
    Shortcut(("O",), "occluded", "Mark occluded: hidden, its place estimated"),
    Shortcut(("P",), "placed", "Mark placed again"),
    Shortcut(("R",), "not_yet", "Reject the prediction, or reset to not yet"),
    Shortcut(("K",), "lock", "Lock the landmark, or unlock it: a locked one is changed by nothing"),
)

_ARROWS = ("Up", "Down", "Left", "Right")
_NUDGING = tuple(
    Shortcut((f"{held}-{arrow}",), f"{action}_{arrow.lower()}", text, shown if arrow == "Up" else "", repeats=True)
    for held, action, text, shown in (
        ("Shift", "nudge", "Nudge the landmark by 1 px", "Shift+arrows"),
        ("Control-Shift", "nudge_finely", "Nudge the landmark by 0.1 px", "Ctrl+Shift+arrows"),
    )
    for arrow in _ARROWS
)

_EDITING = (
    Shortcut(("C",), "copy", "Copy landmarks from the image before, a run or the mean shape"),
    *_NUDGING,
    Shortcut(
        ("Escape",),
        "let_go",
        "While dragging: put the landmark back; else take the mouse from the ruler or a tool of napari's",
    ),
    Shortcut(("Control-Z",), "undo", "Undo, on whatever image it was"),
    Shortcut(("Control-Shift-Z", "Control-Y"), "redo", "Redo"),
    Shortcut(("Control-S",), "say_saved", "Say when the last edit was saved: every edit is, at once"),
)

_PROOFREADING = (
    Shortcut(("Enter",), "accept", "Accept the landmark's prediction as its label"),
    Shortcut(("Shift-Enter",), "accept_all", "Accept all open predictions of the image"),
    Shortcut(("Control-Enter",), "replace", "Put the prediction in the place of your own label"),
    Shortcut(("Shift-R",), "reject_all", "Reject all open predictions of the image; R rejects one"),
    Shortcut(("V",), "reviewed", "Mark the image reviewed and go on"),
    Shortcut(("U",), "next_suggested", "Next image of the queue that nobody has reviewed"),
    Shortcut(("F",), "flag", "Flag the image with a note"),
)

_IMAGES = (
    Shortcut(("N", "PageDown"), "next_image", "Next image"),
    Shortcut(("B", "PageUp"), "previous_image", "Previous image"),
    Shortcut(("Shift-N",), "next_unlabelled", "Next image without landmarks"),
)

_SEEING = (
    Shortcut(("H",), "hide", "Hold: show the radiograph alone"),
    Shortcut(("X",), "magnify", "Magnifier on and off: what is around the mouse or the landmark, four times enlarged"),
    Shortcut(("D",), "ruler", "Ruler on and off: a drag over the image measures a distance, in mm or px"),
    Shortcut(("G",), "toggle_readers", "Readers' landmarks on and off"),
    Shortcut(("T",), "toggle_runs", "Landmarks of runs on and off"),
    Shortcut(("L",), "toggle_heatmap", "Heatmaps on and off"),
    Shortcut(("Shift-M",), "toggle_masks", "Region masks on and off"),
    Shortcut(("J",), "blink", "Hold, in Compare: see the second source in place of the first"),
    Shortcut(("I",), "invert", "Invert the radiograph"),
    Shortcut(("W",), "next_window", "Next window: what the file offers, 1-99 %, full range, lung"),
    Shortcut(("Shift-W",), "reset_window", "The window that the file asks for"),
    Shortcut(("=",), "fit", "Fit: show the whole image"),
    Shortcut(("?",), "show_sheet", "Show this sheet"),
)

# By the titles of the sheet's parts. A new action is one line here and one in `Actions`.
PARTS: dict[str, tuple[Shortcut, ...]] = {
    "Choose and place": _CHOOSING,
    "What is known of a landmark": _STATES,
    "Edit": _EDITING,
    "Proofread": _PROOFREADING,
    "Images": _IMAGES,
    "See": _SEEING,
}
SHORTCUTS: tuple[Shortcut, ...] = tuple(shortcut for part in PARTS.values() for shortcut in part)

_MOUSE = (
    ("Click", "Place the current landmark and go on to the first unset one"),
    ("Drag a landmark", "Move it"),
    ("Drag elsewhere, wheel", "Pan, zoom"),
    ("Ctrl+drag", "Window: to the right wider, down darker"),
)

# napari's own keys that ours go over, on our layers only, with what napari does by them. A test compares this with
# napari's defaults, so that no new version of napari goes unnoticed.
OVER_NAPARI: dict[str, str] = {
    "1": "deletes the selected points",
    "2": "tool that adds points",
    "3": "tool that selects points",
    "4": "pan and zoom",
    "5": "tool that transforms the layer",
    "6": "pan and zoom of labels and shapes",
    "7": "tool that transforms labels and shapes",
    "=": "next label",
    "B": "keeps or replaces other labels",
    "C": "stretches the contrast of an image",
    "D": "picks corners of a shape",
    "Control-Y": "turns to three dimensions, which a radiograph has not",
    "Enter": "ends the drawing of a shape",
    "Escape": "ends the drawing of a shape",
    "F": "brings shapes to the front",
    "I": "puts corners into a shape",
    "L": "picks a label",
    "M": "new label",
    "O": "turns a plane in three dimensions",
    "P": "tool that adds points, or paints",
    "R": "draws rectangles",
    "T": "draws paths",
    "V": "hides and shows the selected layers",
    "X": "takes corners out of a shape, swaps labels, turns a plane in three dimensions",
}


def bind_all(
    layers: Iterable[Layer], actions: Mapping[str, Callable[[], Any]], *, only: Collection[str] | None = None
) -> None:
    """Bind every key on layers of ours, over napari's own: on points, 1 would delete and 2 change the tool.

    An action that is a generator function runs to its ``yield`` on press and to its end on release. `only` names the
    actions whose keys are bound, where napari's own are to stay.
    """
    for layer in layers:
        for shortcut in (each for each in SHORTCUTS if only is None or each.action in only):
            for key in shortcut.keys:
                layer.bind_key(key, _for_napari(actions[shortcut.action]), overwrite=True)


def unbind_all(layers: Iterable[Layer]) -> None:
    """Give the keys back to napari."""
    for layer in layers:
        for shortcut in SHORTCUTS:
            for key in shortcut.keys:
                layer.bind_key(key, None)


def sheet() -> dict[str, tuple[tuple[str, str], ...]]:
    """Give (keys, text) for people by the part of the work, the mouse first."""
    parts = {title: tuple(_line(each) for each in part if each.shown_as != "") for title, part in PARTS.items()}
    return {"Mouse": _MOUSE, **parts}


def shown(action: str) -> str:
    """Give the keys of an action for people, for tooltips and menus."""
    return _line(next(each for each in SHORTCUTS if each.action == action))[0]


def _line(shortcut: Shortcut) -> tuple[str, str]:
    return shortcut.shown_as or ", ".join(_for_people(key) for key in shortcut.keys), shortcut.text


def _for_napari(action: Callable[[], Any]) -> Callable[[Layer], Any]:
    def on_key(_layer: Layer) -> Any:
        return action()

    def on_press_and_release(_layer: Layer) -> Iterator[None]:
        yield from action()

    return on_press_and_release if inspect.isgeneratorfunction(action) else on_key


def _for_people(key: str) -> str:
    return key.replace("Control", "Ctrl").replace("-", "+")
