"""Live curves of a training: the losses, and the error on the validation images with its best step marked."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from napari_kdland.gui.widgets import row, words

if TYPE_CHECKING:
    from napari_kdland.events import Measured

_ERROR = "val_radial_error_px"
_LOSS = "loss"
_COLOURS = ("#56B4E9", "#E69F00", "#CC79A7", "#F0E442", "#999999")
_REDRAW_MS = 100


class Curves(QWidget):
    """Two plots over the same steps; redrawn ten times a second at most."""

    def __init__(self) -> None:
        super().__init__()
        self._points: dict[str, tuple[list[int], list[float]]] = {}
        self._lines: dict[str, Any] = {}
        self._losses = _plot("loss")
        self._losses.addLegend(offset=(-5, 5), labelTextSize="8pt")
        self._errors = _plot("validation error, px")
        self._errors.setXLink(self._losses)
        self._errors.setLabel("bottom", "step")
        self._best = pyqtgraph.ScatterPlotItem(symbol="star", size=14, brush="#009E73", pen=None)
        self._errors.addItem(self._best)
        self.best_text = words()
        self._is_log = QCheckBox("log loss")
        self._is_log.toggled.connect(lambda on: self._losses.setLogMode(y=on))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self.redraw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._losses, 1)
        layout.addWidget(self._errors, 1)
        layout.addLayout(row(self._is_log, self.best_text, stretch=1))

    def clear(self) -> None:
        """Begin anew."""
        self._points.clear()
        for name, line in self._lines.items():
            (self._errors if name == _ERROR else self._losses).removeItem(line)
        self._lines.clear()
        self._best.setData([], [])
        self.best_text.setText("")

    def add(self, measured: Measured) -> None:
        """Take in numbers at a step."""
        for name, value in measured.values.items():
            if name in (_ERROR, _LOSS) or not name.startswith("val_"):
                steps, values = self._points.setdefault(name, ([], []))
                steps.append(measured.step)
                values.append(value)
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Draw what has come in."""
        losses = [name for name in self._points if name != _ERROR]
        for name, (steps, values) in self._points.items():
            if name not in self._lines:
                plot = self._errors if name == _ERROR else self._losses
                colour = "#009E73" if name == _ERROR else _COLOURS[losses.index(name) % len(_COLOURS)]
                self._lines[name] = plot.plot(
                    [], [], pen=pyqtgraph.mkPen(colour, width=2), name=None if name == _ERROR else name
                )
            self._lines[name].setData(steps, values)
        if _ERROR in self._points:
            steps, values = self._points[_ERROR]
            best = min(range(len(values)), key=values.__getitem__)
            self._best.setData([steps[best]], [values[best]])
            self.best_text.setText(f"best {values[best]:.2f} px at step {steps[best]}, now {values[-1]:.2f} px")

    def points_of(self, name: str) -> tuple[list[int], list[float]]:
        """Give (steps, values) of one curve."""
        return self._points.get(name, ([], []))


def _plot(title: str) -> Any:
    plot = pyqtgraph.PlotWidget()
    plot.setBackground(None)
    plot.setLabel("left", title)
    plot.getAxis("left").setWidth(52)
    plot.showGrid(x=True, y=True, alpha=0.25)
    plot.setMenuEnabled(False)
    plot.setMinimumHeight(90)
    return plot
