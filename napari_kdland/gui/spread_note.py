"""The lines under Compare's view that say what ellipses and discs mean, and why one is missing."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kdland.gui.spread_words import SpreadWords, spread_words
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_kdland.gui.layers.scene import Shown, Spread
    from napari_kdland.images.radiograph import Spacing


class SpreadNote(QWidget):
    """Two lines, hidden where there is nothing to say; the tooltip has the radii of all landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.missing = words(is_small=True), words(tone=Tone.NOTE, is_small=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.said)
        layout.addWidget(self.missing)
        self.forget()

    def tell(
        self,
        spread: Spread,
        sources: Sequence[Shown],
        *,
        current: str | None,
        title: Callable[[str], str],
        spacing: Spacing | None,
    ) -> None:
        """Say what is drawn around the landmarks of these sources."""
        self._show(spread_words(spread, sources, current=current, title=title, spacing=spacing))

    def forget(self) -> None:
        """Say nothing."""
        self._show(SpreadWords())

    def _show(self, told: SpreadWords) -> None:
        self.said.setText(told.said)
        self.missing.setText(told.missing)
        for line in (self.said, self.missing):
            line.setToolTip(told.radii)
            line.setVisible(bool(line.text()))
        self.setVisible(bool(told.said or told.missing))
