"""Labels that say something in a colour, one that can be read on napari's dark and on its light ground."""

# mypy: allow-subclassing-any
from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent
from qtpy.QtGui import QPalette
from qtpy.QtWidgets import QLabel

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


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


def is_on_light(widget: QWidget) -> bool:
    """Say whether a widget's ground is light: its text is dark then."""
    return bool(widget.palette().color(QPalette.ColorRole.WindowText).lightness() < 128)
