"""Choose a region and paint it: the regions in their colours with what is known of them, and napari's tools."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from napari_kdland.anatomy.regions import RegionState
from napari_kdland.gui.layers.style import region_colours
from napari_kdland.gui.widgets import button, row

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk

_TOOLS = (
    ("Brush", "paint", "Paint the region (2); [ and ] change the size of the brush, in image pixels"),
    ("Erase", "erase", "Erase with the brush (1)"),
    ("Fill", "fill", "Fill the surface that is clicked (4)"),
    ("Polygon", "polygon", "Click corners, double-click the last one (3)"),
)
_SWATCH = 12


class RegionBar(QWidget):
    """Lets the reader paint regions; not there where the scheme has none.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._painting = desk.painting
        self.paint = QPushButton("Paint regions")
        self.paint.setCheckable(True)
        self.paint.setToolTip("Paint regions with napari's tools; every stroke is saved at once, Ctrl+Z takes it back")
        self.choice = QComboBox()
        self.choice.setToolTip("The region that the brush paints")
        self._tools = QWidget()
        buttons = [button(text, partial(desk.brush.use, tool), tip, keeps_focus=True) for text, tool, tip in _TOOLS]
        self.absent = button(
            "Absent",
            partial(self._say, RegionState.ABSENT),
            "The region is not in the image: every pixel trains as outside, what is painted of it goes",
            keeps_focus=True,
        )
        self.unknown = button(
            "Not known",
            partial(self._say, RegionState.UNKNOWN),
            "Nothing is known of the region: it trains nothing, what is painted of it goes",
            keeps_focus=True,
        )
        tools = row(*buttons, self.absent, self.unknown)
        tools.setContentsMargins(0, 0, 0, 0)
        self._tools.setLayout(tools)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2)
        outer.addLayout(row(self.paint, self.choice, stretch=1))
        outer.addWidget(self._tools)
        self.paint.clicked.connect(self._on_paint)
        self.choice.activated.connect(self._on_choice)
        self._painting.changed.connect(self._on_changed)
        self._painting.canvas_changed.connect(self._name_states)
        desk.session.saved.connect(self._name_states)
        desk.session.project_changed.connect(self._on_project)
        self._on_project()

    def _on_project(self) -> None:
        project = self._desk.session.project
        has_regions = project is not None and bool(project.scheme.regions)
        self.setVisible(has_regions)
        self.choice.clear()
        if project is not None:
            for (title, colour), name in zip(
                region_colours(project.scheme).items(), project.scheme.region_names, strict=True
            ):
                swatch = QPixmap(_SWATCH, _SWATCH)
                swatch.fill(QColor(colour))
                self.choice.addItem(QIcon(swatch), title, name)
        self._on_changed()

    def _on_paint(self, wanted: bool) -> None:
        if wanted:
            self._desk.brush.start(self.choice.currentData() or "")
        else:
            self._desk.attempt(self._painting.stop)

    def _on_choice(self, _index: int) -> None:
        if self._painting.is_on:
            self._desk.brush.start(self.choice.currentData())

    def _on_changed(self) -> None:
        is_on = self._painting.is_on
        self.paint.setChecked(is_on)
        self._tools.setVisible(is_on)
        if is_on:
            self.choice.setCurrentIndex(self.choice.findData(self._painting.region))
        self._name_states()

    def _name_states(self, *_: object) -> None:
        """Say in the list what is known of each region while they are painted."""
        project = self._desk.session.project
        if project is None or self.choice.count() != len(project.scheme.regions):
            return
        states = self._painting.states if self._painting.is_on else [None] * self.choice.count()
        for place, (title, state) in enumerate(zip(region_colours(project.scheme), states, strict=True)):
            words = {None: "", RegionState.UNKNOWN: "  (not known)"}.get(state, f"  ({state})")
            self.choice.setItemText(place, f"{title}{words}")

    def _say(self, state: RegionState) -> None:
        self._desk.attempt(self._painting.set_state, state)
