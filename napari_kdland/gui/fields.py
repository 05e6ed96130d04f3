"""The widget for one value of a recipe: numbers, choices, switches, and lists of names or numbers."""

# mypy: allow-subclassing-any
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, LineEdit, TextEdit, create_widget
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QSizePolicy, QTextEdit

from napari_kdland.gui.number_field import NumberField

if TYPE_CHECKING:
    from napari_kdland.gui.leaves import Leaf

_LARGEST = 1_000_000_000
_LINES_HEIGHT = 96
_NARROWEST = 90


class _List:
    """Shows a tuple as text; a number that cannot be read stays text, so that the recipe's own model refuses it."""

    separator = ","

    def get_value(self) -> tuple[Any, ...]:
        entries = (entry.strip() for entry in super().get_value().split(self.separator))  # type: ignore[misc]  # the widget's
        return tuple(_plain(entry) if self.is_of_numbers else entry for entry in entries if entry)

    def set_value(self, value: tuple[Any, ...] | str) -> None:
        joint = "\n" if self.separator == "\n" else f"{self.separator} "
        text = value if isinstance(value, str) else joint.join(_text(entry) for entry in value)
        super().set_value(text)  # type: ignore[misc]  # the widget's

    is_of_numbers = False


class NameList(_List, LineEdit):
    """Names behind each other, with commas."""


class NumberList(NameList):
    """Numbers behind each other, with commas."""

    is_of_numbers = True


class LineList(_List, TextEdit):
    """Text that may hold commas, an entry a line."""

    separator = "\n"


def field_for(leaf: Leaf) -> Any:
    """Make the widget of a leaf; its value is what the recipe holds."""
    widget = _list_for(leaf) if leaf.kind is tuple else _plain_for(leaf)
    # A narrow window squeezes the fields and not their names.
    widget.native.setMinimumWidth(_NARROWEST)
    widget.native.setSizePolicy(QSizePolicy.Policy.Ignored, widget.native.sizePolicy().verticalPolicy())
    widget.native.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.native.installEventFilter(_Still(widget.native))
    return widget


class _Still(QObject):
    """Leaves the wheel to the panel, which scrolls: a value must not change because it came under the mouse."""

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False


def _plain_for(leaf: Leaf) -> Any:
    if leaf.choices:
        known = [value for value, _ in leaf.choices]
        choices = known if leaf.value in known else [*known, leaf.value]
        summaries = "\n".join(f"{value}: {words}" for value, words in leaf.choices if words != value)
        tooltip = "\n\n".join(filter(None, (leaf.tooltip, summaries)))
        return ComboBox(value=leaf.value, choices=choices, tooltip=tooltip)
    if leaf.kind in (int, float):
        return NumberField(leaf.kind(leaf.value), **_range(leaf), tooltip=leaf.tooltip)
    return create_widget(value=leaf.value, annotation=leaf.kind, options={"tooltip": leaf.tooltip})


def _list_for(leaf: Leaf) -> Any:
    if leaf.separator == "\n":
        lines = LineList(value=leaf.value, tooltip=leaf.tooltip)
        lines.native.setMaximumHeight(_LINES_HEIGHT)
        lines.native.setTabChangesFocus(True)
        lines.native.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        return lines
    is_of_numbers = leaf.entry is float
    made = (NumberList if is_of_numbers else NameList)(value=leaf.value, tooltip=leaf.tooltip)
    made.native.setPlaceholderText("none")
    return made


def _plain(entry: str) -> float | str:
    try:
        return float(entry)
    except ValueError:
        return entry


def _text(entry: float | str) -> str:
    return f"{entry:g}" if isinstance(entry, float) and float(f"{entry:g}") == entry else str(entry)


def _range(leaf: Leaf) -> dict[str, float]:
    """Give least, largest and step; open ends are checked by the model, not by the widget."""
    cast = leaf.kind
    least = leaf.limits.get("ge", leaf.limits.get("gt", -_LARGEST))
    largest = leaf.limits.get("le", leaf.limits.get("lt", _LARGEST))
    step = leaf.limits.get("multiple_of", 1) if cast is int else _step(leaf.value)
    return {"least": cast(least), "largest": cast(largest), "step": step}


def _step(value: float) -> float:
    """Give a tenth of the value's decimal place: 0.002 goes in steps of 0.0001."""
    if value == 0:
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1))
