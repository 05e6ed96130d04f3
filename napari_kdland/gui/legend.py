"""The legend of Compare: every source on screen beside its shape."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget
from superqt import QFlowLayout

from napari_kdland.gui.layers.style import HUMAN
from napari_kdland.gui.symbols import html_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.gui.layers.style import Style


class Legend(QWidget):
    """Names sources beside their shapes, in as many lines as they take; no shape is parted from its name."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = QFlowLayout(self)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(10)
        self._flow.setVerticalSpacing(0)
        self._entries: list[QLabel] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it names."""
        return tuple(each.accessibleName() for each in self._entries)

    def show_styles(self, styles: Mapping[str, Style]) -> None:
        """Name the reader, whose reading counts, and these sources; nobody where there are none."""
        for entry in self._entries:
            self._flow.removeWidget(entry)
            entry.hide()  # it would stay on screen until Qt has time to delete it
            entry.deleteLater()
        named = {"Reader": HUMAN, **styles} if styles else {}
        self._entries = [_entry(name, style) for name, style in named.items()]
        for entry in self._entries:
            self._flow.addWidget(entry)
        self.setVisible(bool(self._entries))


def _entry(name: str, style: Style) -> QLabel:
    label = QLabel(f"{html_image(style)} {html.escape(name)}")
    label.setAccessibleName(name)
    return label
