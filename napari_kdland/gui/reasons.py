"""Why the image on screen is in the queue: the weightiest reasons in words, all of them on a closer look."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy

from napari_kdland.gui.tones import Tone, TonedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

# More would push the buttons out of a low window.
_SHOWN = 2


class Reasons(TonedLabel):
    """A few lines below the queue; hidden where the score says all there is to say."""

    def __init__(self) -> None:
        super().__init__("", Tone.NOTE)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    def tell(self, reasons: Sequence[str]) -> None:
        """Show the first reasons, and all of them in the tooltip."""
        told = [sentence(each) for each in reasons]
        left = len(told) - _SHOWN
        self.setText("\n".join([*told[:_SHOWN], *([f"... and {left} more"] if left > 0 else [])]))
        self.setToolTip("\n".join(told))
        self.setVisible(bool(told))


def sentence(text: str) -> str:
    """Begin a reason with a capital."""
    return text[:1].upper() + text[1:]
