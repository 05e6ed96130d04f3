"""What there is of the image beside its landmarks: its regions with their colours, and a chooser of channels."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from napari_kdland.anatomy.regions import RegionState
from napari_kdland.gui.layers.style import region_colours
from napari_kdland.gui.widgets import label, row, words

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk

_STATES = {RegionState.DRAWN: "", RegionState.ABSENT: " (absent)", RegionState.UNKNOWN: " (not known)"}


class CompanionBar(QWidget):
    """Shows what is known of regions, and lets the user see them or not, and a further channel beside the image.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._session = desk.session
        self._companions = desk.companions
        self.shows = QCheckBox("Regions")
        self.shows.setToolTip("Rims of the region masks on and off (Shift+M)")
        self.shows.setChecked(self._companions.shows_masks)
        self.legend = words()
        self.channel = QComboBox()
        self.channel.setToolTip("Another channel of the image, shown to its right")
        self._channel_row, self._region_row = QWidget(), QWidget()
        for holder, first, second in (
            (self._region_row, self.shows, self.legend),
            (self._channel_row, label("Beside it"), self.channel),
        ):
            layout = row(first, second, stretch=1)
            layout.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(layout)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2)
        outer.addWidget(self._region_row)
        outer.addWidget(self._channel_row)
        self.shows.toggled.connect(self._companions.show_masks)
        self.channel.activated.connect(lambda _index: self._companions.look_at(self.channel.currentData()))
        self._companions.masks_changed.connect(self._on_masks)
        self._companions.channels_changed.connect(self._on_channels)
        self._on_masks()
        self._on_channels()

    def _on_masks(self) -> None:
        project, masks = self._session.project, self._companions.masks
        self._region_row.setVisible(project is not None and bool(project.scheme.regions))
        self.shows.setChecked(self._companions.shows_masks)
        if project is None:
            return
        states = [RegionState.UNKNOWN] * len(project.scheme.regions) if masks is None else masks.regions.states
        parts = [
            f"<span style='color:{colour}'>■</span>&nbsp;{html.escape(title)}{_STATES[state]}"
            for (title, colour), state in zip(region_colours(project.scheme).items(), states, strict=True)
        ]
        is_known = any(state is not RegionState.UNKNOWN for state in states)
        self.legend.setText(" &nbsp; ".join(parts) if is_known else "nothing is known of them in this image")

    def _on_channels(self) -> None:
        project, names = self._session.project, self._companions.channels
        self._channel_row.setVisible(bool(names))
        if project is None:
            return
        self.channel.clear()
        self.channel.addItem("nothing", "")
        for name in names:
            self.channel.addItem(name.replace("_", " "), name)
        self.channel.setCurrentIndex(max(0, self.channel.findData(self._companions.channel)))
