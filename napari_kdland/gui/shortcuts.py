"""Every key in one table: it binds them and it writes the sheet that the question mark shows."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from napari_kdland.gui.compat import Layer


@dataclass(frozen=True)
class Shortcut:
    """One action: its keys as napari writes them, its name in the code, what it does for people."""

    keys: tuple[str, ...]
    action: str
    text: str


_DIGITS = tuple(
    Shortcut((str(number % 10),), f"choose_{number}", f"Choose landmark {number}") for number in range(1, 11)
)

SHORTCUTS: tuple[Shortcut, ...] = (
    *_DIGITS,
    Shortcut(("Down",), "next_landmark", "Next landmark"),
    Shortcut(("Up",), "previous_landmark", "Previous landmark"),
    Shortcut(("Q",), "absent", "Mark absent: not in the image"),
    Shortcut(("Shift-Q",), "uncertain", "Mark uncertain"),
    Shortcut(("O",), "occluded", "Mark occluded: hidden, its place estimated"),
    Shortcut(("P",), "placed", "Mark placed again"),
    Shortcut(("R",), "not_yet", "Reset to not yet"),
    Shortcut(("Control-Z",), "undo", "Undo, on whatever image it was"),
    Shortcut(("Control-Shift-Z", "Control-Y"), "redo", "Redo"),
    Shortcut(("N", "PageDown"), "next_image", "Next image"),
    Shortcut(("B", "PageUp"), "previous_image", "Previous image"),
    Shortcut(("Shift-N",), "next_unlabelled", "Next image without landmarks"),
    Shortcut(("Escape",), "let_go", "While dragging: put the landmark back"),
    Shortcut(("H",), "hide", "Hold: show the radiograph alone"),
    Shortcut(("I",), "invert", "Invert the radiograph"),
    Shortcut(("G",), "toggle_heatmap", "Heatmaps on and off"),
    Shortcut(("M",), "toggle_masks", "Region masks on and off"),
    Shortcut(("?",), "show_sheet", "Show this sheet"),
)


def bind_all(layers: Iterable[Layer], actions: Mapping[str, Callable[[], Any]]) -> None:
    """Bind every key on layers of ours, over napari's own: on points, 1 would delete and 2 change the tool.

    An action that is a generator function runs to its ``yield`` on press and to its end on release.
    """
    for layer in layers:
        for shortcut in SHORTCUTS:
            for key in shortcut.keys:
                layer.bind_key(key, _for_napari(actions[shortcut.action]), overwrite=True)


def unbind_all(layers: Iterable[Layer]) -> None:
    """Give the keys back to napari."""
    for layer in layers:
        for shortcut in SHORTCUTS:
            for key in shortcut.keys:
                layer.bind_key(key, None)


def sheet() -> tuple[tuple[str, str], ...]:
    """Give (keys, text) for people, the digits in one line."""
    rows = [(", ".join(_shown(key) for key in s.keys), s.text) for s in SHORTCUTS if s not in _DIGITS]
    mouse = [
        ("Click", "Place the current landmark and go on to the first unset one"),
        ("Drag a landmark", "Move it"),
        ("Drag elsewhere, wheel", "Pan, zoom"),
        ("1 ... 9, 0", "Choose landmark 1 ... 10"),
    ]
    return (*mouse, *rows)


def _for_napari(action: Callable[[], Any]) -> Callable[[Layer], Any]:
    def on_key(_layer: Layer) -> Any:
        return action()

    def on_press_and_release(_layer: Layer) -> Iterator[None]:
        yield from action()

    return on_press_and_release if inspect.isgeneratorfunction(action) else on_key


def _shown(key: str) -> str:
    return key.replace("Control", "Ctrl").replace("-", "+")
