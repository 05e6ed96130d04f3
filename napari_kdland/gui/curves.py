"""Live curves of a training: losses, and error and Dice on images of val and train with the best step marked."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout

from napari_kdland.gui.tones import Themed, ink, ink_axes
from napari_kdland.gui.widgets import row, words

if TYPE_CHECKING:
    from napari_kdland.events import Measured

_ERROR, _DICE = "val_radial_error_px", "val_dice"
_COLOURS = ("#56B4E9", "#E69F00", "#CC79A7", "#F0E442", "#999999")
_JUDGED = {_ERROR: "#009E73", _DICE: "#D55E00"}
# The same figures of images that are learnt from: far below those of val, the network learns its few labels by heart.
_FITTED = {"train_radial_error_px": _ERROR, "train_dice": _DICE}
_FITTED_COLOUR = "#999999"
_OF_IMAGES = frozenset({*_JUDGED, *_FITTED})
_REDRAW_MS, _STEP_AXIS, _FEWEST_STEPS = 100, 38, 10
_NOTHING = "The first figures come with the first steps."
_OF_WHICH = "on the images of val, and on up to eight labelled images of train (dashed)"


class Curves(Themed):
    """Plots over the same steps, those of error and Dice once there are any; redrawn ten times a second at most."""

    def __init__(self) -> None:
        super().__init__()
        self._points: dict[str, tuple[list[int], list[float]]] = {}
        self._lines: dict[str, Any] = {}
        self._losses = _plot("loss")
        # Beside the plots: laid over them, it hid the newest figures.
        self._legend = words(_NOTHING)
        self._judged = {
            _ERROR: _plot("error, px", f"Mean radial error in pixels of the image {_OF_WHICH}"),
            _DICE: _plot("Dice, %", f"Mean Dice {_OF_WHICH}"),
        }
        self._best = {name: _star(plot, _JUDGED[name]) for name, plot in self._judged.items()}
        self.best_text = words()
        self._is_log = QCheckBox("log loss")
        self._is_log.setToolTip("Draw the losses on a logarithmic scale")
        self._is_log.toggled.connect(lambda on: self._losses.setLogMode(y=on))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self.redraw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._legend)
        layout.addWidget(self._losses, 1)
        lower = QHBoxLayout()
        for name, plot in self._judged.items():
            plot.setLabel("bottom", "step")
            plot.getAxis("bottom").setHeight(_STEP_AXIS)
            plot.setVisible(name == _ERROR)
            lower.addWidget(plot, 1)
        layout.addLayout(lower, 1)
        layout.addLayout(row(self._is_log, self.best_text, stretch=1))

    def follow_theme(self) -> None:
        """Choose the colours of lines, axes and legend."""
        for plot in (self._losses, *self._judged.values()):
            ink_axes(plot, self)
        for name, line in self._lines.items():
            line.setPen(self._pen_of(name))
            self._colour_dots(name)
        self._tell_colours()

    def _tell_colours(self) -> None:
        if not self._lines:
            return
        marked = {_title_of(name): _mark(self._pen_of(name)) for name in self._lines}
        # Lines are broken between the entries alone.
        self._legend.setText("&nbsp; ".join(f"{mark}&nbsp;{title}" for title, mark in marked.items()))

    def _pen_of(self, name: str) -> Any:
        if name in _FITTED:
            return pyqtgraph.mkPen(ink(_FITTED_COLOUR, self), width=2, style=Qt.PenStyle.DashLine)
        losses = [each for each in self._points if each not in _OF_IMAGES]
        colour = _JUDGED.get(name) or _COLOURS[losses.index(name) % len(_COLOURS)]
        return pyqtgraph.mkPen(ink(colour, self), width=2)

    def _colour_dots(self, name: str) -> None:
        self._lines[name].setSymbolPen(None)
        self._lines[name].setSymbolBrush(self._pen_of(name).color())

    def _plot_of(self, name: str) -> Any:
        return self._judged.get(_FITTED.get(name, name), self._losses)

    def clear(self) -> None:
        """Begin anew."""
        self._points.clear()
        for name, line in self._lines.items():
            self._plot_of(name).removeItem(line)
        self._lines.clear()
        self._legend.setText(_NOTHING)
        for star in self._best.values():
            star.setData([], [])
        self.best_text.setText("")

    def add(self, measured: Measured) -> None:
        """Take in numbers at a step; what was there of this and later steps, of before a restart, is taken back."""
        for name, value in measured.values.items():
            steps, values = self._points.setdefault(name, ([], []))
            while steps and steps[-1] >= measured.step:
                steps.pop()
                values.pop()
            steps.append(measured.step)
            values.append(100 * value if name.endswith("_dice") else value)
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Draw what has come in."""
        for name, (steps, values) in self._points.items():
            if name not in self._lines:
                # A first validation is a point without a line yet.
                dots = {"symbol": "o", "symbolSize": 4} if name in _OF_IMAGES else {}
                self._lines[name] = self._plot_of(name).plot([], [], pen=self._pen_of(name), **dots)
                self._colour_dots(name)
                self._tell_colours()
            self._lines[name].setData(steps, values)
        drawn = {_FITTED.get(name, name) for name in self._points}
        self._judged[_DICE].setVisible(_DICE in drawn)
        self._judged[_ERROR].setVisible(_ERROR in drawn or _DICE not in drawn)
        self.best_text.setText("; ".join(filter(None, (self._mark_best(), self._fitted_in_words()))))

    def points_of(self, name: str) -> tuple[list[int], list[float]]:
        """Give (steps, values) of one curve; Dice in percent."""
        return self._points.get(name, ([], []))

    def _mark_best(self) -> str:
        """Mark the step whose weights are kept: the one of least error, of most Dice where there is no error."""
        leading = next((name for name in (_ERROR, _DICE) if name in self._points), None)
        if leading is None:
            return ""
        steps, values = self._points[leading]
        best = steps[values.index(min(values) if leading == _ERROR else max(values))]
        at_best, now = [], []
        for name, star in self._best.items():
            known = dict(zip(*self.points_of(name), strict=True))
            if best in known:
                star.setData([best], [known[best]])
                at_best.append(_in_words(name, known[best]))
                now.append(_in_words(name, next(reversed(known.values()))))
        return f"best {', '.join(at_best)} at step {best}, now {', '.join(now)}"

    def _fitted_in_words(self) -> str:
        now = [_in_words(_FITTED[name], self._points[name][1][-1]) for name in _FITTED if name in self._points]
        return f"on train {', '.join(now)}" if now else ""


def _in_words(name: str, value: float) -> str:
    return f"{value:.2f} px" if name == _ERROR else f"Dice {value:.1f} %"


def _title_of(name: str) -> str:
    return "val" if name in _JUDGED else "train" if name in _FITTED else name


def _mark(pen: Any) -> str:
    # Two hyphens of the kind after which no line is broken.
    sign = "—" if pen.style() == Qt.PenStyle.SolidLine else "\u2011\u2011"
    return f"<font color='{pen.color().name()}'><b>{sign}</b></font>"


def _star(plot: Any, colour: str) -> Any:
    star = pyqtgraph.ScatterPlotItem(symbol="star", size=14, brush=colour, pen=None)
    plot.addItem(star)
    return star


def _plot(title: str, meaning: str = "") -> Any:
    plot = pyqtgraph.PlotWidget()
    plot.setToolTip(meaning)
    plot.setBackground(None)
    plot.setLabel("left", title)
    plot.getAxis("left").setWidth(60)
    plot.getAxis("left").enableAutoSIPrefix(False)
    plot.showGrid(x=True, y=True, alpha=0.25)
    plot.setMenuEnabled(False)
    plot.setLimits(xMin=0, minXRange=_FEWEST_STEPS)
    plot.setMinimumSize(120, 64)
    return plot
