"""Why the image on screen is in the queue: the weightiest reasons in words, all of them on a closer look."""

# mypy: allow-subclassing-any
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy

from napari_kdland.gui.tones import Tone, TonedLabel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

    def tell(self, reasons: Sequence[str], titles: Mapping[str, str]) -> None:
        """Show the first reasons, and all of them in the tooltip; `titles` are the landmarks' by their names."""
        told = [sentence(titled(each, titles)) for each in reasons]
        left = len(told) - _SHOWN
        self.setText("\n".join([*told[:_SHOWN], *([f"... and {left} more"] if left > 0 else [])]))
        self.setToolTip("\n".join(told))
        self.setVisible(bool(told))


def titled(text: str, titles: Mapping[str, str]) -> str:
    """Call landmarks by their titles: reasons, which the command line tells too, have their names in files."""
    return re.sub(r"[a-z0-9_]+", lambda found: titles.get(found[0], found[0]), text)


def sentence(text: str) -> str:
    """Begin a reason with a capital."""
    return text[:1].upper() + text[1:]
