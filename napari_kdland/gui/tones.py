"""Labels that say something in a colour, one that can be read on napari's dark and on its light ground."""

# mypy: allow-subclassing-any
from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

from qtpy.QtCore import QEvent, QModelIndex, Qt
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QLabel, QStyledItemDelegate, QWidget

# Grounds of lists and tables in napari's dark and light theme.
_GROUNDS = ("#414851", "#c3c1bf")
_LEAST_CONTRAST, _STEPS = 4.5, 40


class Tone(Enum):
    """What a text is, with its colours on a dark and on a light ground (contrast of 4.5 or more on napari's themes)."""

    PLAIN = ("", "")
    FAINT = ("#a8adb5", "#5b6068")
    NOTE = ("#f0c040", "#745400")
    ERROR = ("#ff8a70", "#a82a12")
    GOOD = ("#4fc79b", "#00624a")
    CURRENT = ("#f0e442", "#6b5d00")


class TonedLabel(QLabel):
    """A label whose colour follows what it says and napari's theme.

    Parameters
    ----------
    text
        What it says.
    tone
        What that is.
    sheet
        Style besides the colour, such as ``font-size: 11px;``.
    """

    def __init__(self, text: str = "", tone: Tone = Tone.PLAIN, *, sheet: str = "") -> None:
        super().__init__(text)
        self._tone, self._sheet = tone, sheet
        self._colour()

    @property
    def tone(self) -> Tone:
        """What its text is."""
        return self._tone

    def set_tone(self, tone: Tone, *, sheet: str | None = None) -> None:
        """Say what its text is, and how it looks besides."""
        self._tone = tone
        self._sheet = self._sheet if sheet is None else sheet
        self._colour()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802, as Qt calls it
        """Choose the colour anew where the theme has changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange, QEvent.Type.ParentChange):
            self._colour()

    def showEvent(self, event: QEvent) -> None:  # noqa: N802, as Qt calls it
        """Choose the colour once it stands where it is shown."""
        super().showEvent(event)
        self._colour()

    def _colour(self) -> None:
        colour = self._tone.value[is_on_light(self.parentWidget() or self)]
        sheet = f"{self._sheet} color: {colour};" if colour else self._sheet
        # Qt tells of every style that is set, and this sets one.
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)


class Themed(QWidget):
    """A widget that draws in colours of its own, chosen anew where napari's theme has changed."""

    def follow_theme(self) -> None:
        """Choose the colours."""

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802, as Qt calls it
        """Choose the colours anew where the theme has changed."""
        super().changeEvent(event)
        if self.isVisible() and event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.follow_theme()

    def showEvent(self, event: QEvent) -> None:  # noqa: N802, as Qt calls it
        """Choose the colours once it stands where it is shown."""
        super().showEvent(event)
        self.follow_theme()


def ink_axes(plot: Any, widget: QWidget) -> None:
    """Draw the axes of a pyqtgraph plot in the colour of a widget's text."""
    text = widget.palette().color(QPalette.ColorRole.WindowText)
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen(text)
        plot.getAxis(side).setTextPen(text)


def is_on_light(widget: QWidget) -> bool:
    """Say whether a widget's ground is light: its text is dark then."""
    return bool(widget.palette().color(QPalette.ColorRole.WindowText).lightness() < 128)


def ink(colour: str, widget: QWidget) -> QColor:
    """Give a colour, made as much darker or lighter as it takes to read it in lists and tables of a widget's theme."""
    return QColor(_readable(colour, is_on_light(widget)))


class InkDelegate(QStyledItemDelegate):
    """Paints the coloured texts of a list or table so that they can be read, whatever theme it has by then."""

    def initStyleOption(self, option: Any, index: QModelIndex) -> None:  # noqa: N802, as Qt calls it
        """Take the item's own colour as `ink` gives it."""
        super().initStyleOption(option, index)
        brush = index.data(Qt.ItemDataRole.ForegroundRole)
        if brush is not None and option.widget is not None:
            colour = brush if isinstance(brush, QColor) else brush.color()
            option.palette.setColor(QPalette.ColorRole.Text, ink(colour.name(), option.widget))


@cache
def _readable(colour: str, on_light: bool) -> str:
    found, ground = QColor(colour), QColor(_GROUNDS[on_light])
    for _ in range(_STEPS):
        if contrast(found, ground) >= _LEAST_CONTRAST:
            break
        found = found.darker(110) if on_light else found.lighter(110)
    return str(found.name())


def contrast(first: QColor, second: QColor) -> float:
    """Give the contrast of two colours, 1 to 21.

    References
    ----------
    Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    shown: tuple[float, ...] = colour.getRgbF()[:3]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shown)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
