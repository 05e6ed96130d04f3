"""How the compared sources are seen: in which view, which two of them, with which heatmap, errors and spread."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from napari_kdland.gui.layers.scene import CURRENT, MAXIMUM, OFF, Spread, View, Wish
from napari_kdland.gui.spread_note import SpreadNote
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = 1000
_HINTS = {
    View.SIDE_BY_SIDE: "",
    View.OVERLAY: "Hold J to see the second of these two alone.",
    View.SWIPE: "Drag the white line. Hold J to see the second source alone.",
    View.BLINK: "Hold J to see the second source in place of the first.",
    View.DIFFERENCE: "Heatmaps: orange where the first sees more, blue where the second does.",
}


class ViewBar(QWidget):
    """Controls of the view.

    Attributes
    ----------
    changed
        Emitted when anything but the place of the swipe's line has changed.
    split_moved
        Emits the place of the swipe's line, as a share of the image's width, when the user moves the slider.
    """

    changed = Signal()
    split_moved = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.view, self.heatmap, self.spread = QComboBox(), QComboBox(), QComboBox()
        self.first, self.second = QComboBox(), QComboBox()
        self.split = QSlider(Qt.Orientation.Horizontal)
        self.errors, self.regions = QCheckBox("Errors"), QCheckBox("Regions")
        self._hint, self.spread_note = words(is_small=True), SpreadNote()
        self._pair_row, self._split_row = QWidget(), QWidget()
        self._fill()
        self._build()
        self._connect()
        self._on_view()

    def wish(self) -> Wish:
        """Give what the user wants to see, but for the regions."""
        first, second = self.first.currentData(), self.second.currentData()
        return Wish(
            View(self.view.currentText()),
            self.heatmap.currentText(),
            self.errors.isChecked(),
            spread=Spread(self.spread.currentText()),
            pair=None if first is None or second is None else (first, second),
            split=self.split.value() / _STEPS,
        )

    def offer(self, keys: Sequence[str]) -> None:
        """Offer sources for the views of two; those that were chosen stay chosen, and are never one and the same."""
        for box, default in ((self.first, 0), (self.second, 1)):
            old = box.currentData()
            box.blockSignals(True)
            box.clear()
            for key in keys:
                box.addItem(key, key)
            found = box.findData(old)
            box.setCurrentIndex(found if found >= 0 else min(default, box.count() - 1))
            box.blockSignals(False)
        self._keep_apart(self.first)
        self._on_view()

    def show_split(self, share: float) -> None:
        """Let the slider stand where the mouse has dragged the line."""
        self.split.blockSignals(True)
        self.split.setValue(round(share * _STEPS))
        self.split.blockSignals(False)

    def _fill(self) -> None:
        self.view.addItems([view.value for view in View])
        self.heatmap.addItems([MAXIMUM, CURRENT, OFF])
        self.spread.addItems([spread.value for spread in Spread])
        self.split.setRange(0, _STEPS)
        self.split.setValue(_STEPS // 2)
        self.errors.setChecked(True)
        self.regions.setChecked(True)
        for widget, tip in (
            (self.view, "Side by side in linked cells, all over one another, or two of them"),
            (self.heatmap, "Heatmaps of all landmarks together, or of the current one; 0 to 1 in every cell"),
            (
                self.spread,
                "How sure each run is: an ellipse of its heatmap (one standard deviation, or what holds 95 % of a "
                "Gaussian), or a disc that holds the truth in 80, 90 or 95 % of cases, as its errors on val say",
            ),
            (self.first, "First source: left of a swipe, shown by blink, the one the second is taken from"),
            (self.second, "Second source: right of a swipe, shown while J is held, taken from the first"),
            (self.split, "Where the swipe parts the image, 0 to 100 % of its width"),
            (self.errors, "Lines from predicted to true landmarks; in white, the reader's rims of regions"),
            (self.regions, "Rims of region masks on and off"),
        ):
            widget.setToolTip(tip)
        for box in (self.view, self.heatmap, self.spread, self.first, self.second):
            box.setMinimumContentsLength(6)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        looks = _shared(QLabel("View"), self.view, QLabel("Heatmap"), self.heatmap)
        looks.setStretchFactor(self.view, 5)
        looks.setStretchFactor(self.heatmap, 7)  # holds "current landmark"
        layout.addLayout(looks)
        swap = button("⇄", self._swap, "Swap the two")
        swap.setMaximumWidth(34)
        pair = _shared(self.first, swap, self.second)
        pair.setContentsMargins(0, 0, 0, 0)
        self._pair_row.setLayout(pair)
        layout.addWidget(self._pair_row)
        split = row(QLabel("Line"), self.split, stretch=1)
        split.setContentsMargins(0, 0, 0, 0)
        self._split_row.setLayout(split)
        layout.addWidget(self._split_row)
        layout.addLayout(row(self.errors, self.regions, QLabel("Spread"), self.spread, stretch=3))
        layout.addWidget(self._hint)
        layout.addWidget(self.spread_note)

    def _connect(self) -> None:
        self.view.currentIndexChanged.connect(self._on_view)
        for box in (self.view, self.heatmap, self.spread):
            box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        for box in (self.first, self.second):
            box.currentIndexChanged.connect(lambda _index, box=box: self._on_pair(box))
        self.errors.toggled.connect(lambda _on: self.changed.emit())
        self.split.valueChanged.connect(lambda value: self.split_moved.emit(value / _STEPS))

    def _on_view(self) -> None:
        view = View(self.view.currentText())
        self._pair_row.setVisible(view.is_of_two or (view is View.OVERLAY and self.first.count() > 1))
        self._split_row.setVisible(view is View.SWIPE)
        is_short = view.is_of_two and self.first.count() < 2
        self._hint.setText("Tick two sources above." if is_short else _HINTS[view])
        self._hint.setVisible(bool(self._hint.text()))

    def _on_pair(self, changed: QComboBox) -> None:
        self._keep_apart(changed)
        self.changed.emit()

    def _keep_apart(self, kept: QComboBox) -> None:
        """Where both boxes name one source, let the other one go on to the next."""
        other = self.second if kept is self.first else self.first
        if other.count() > 1 and other.currentIndex() == kept.currentIndex():
            other.blockSignals(True)
            other.setCurrentIndex((kept.currentIndex() + 1) % other.count())
            other.blockSignals(False)

    def _swap(self) -> None:
        first, second = self.first.currentIndex(), self.second.currentIndex()
        for box, index in ((self.first, second), (self.second, first)):
            box.blockSignals(True)
            box.setCurrentIndex(index)
            box.blockSignals(False)
        self.changed.emit()


def _shared(*widgets: QWidget) -> QHBoxLayout:
    """Put widgets side by side; combo boxes share what is left."""
    layout = row(*widgets, stretch=-1)
    for index, widget in enumerate(widgets):
        layout.setStretch(index, 1 if isinstance(widget, QComboBox) else 0)
    return layout
